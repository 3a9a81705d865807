import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '@selvedge/kernel';
import { checkLanePolicies, classPolicies } from './lane-policies.ts';

const limits = { sizeMax: 1_000, ageMax: days(30) };

test('lanes: when the disk is short what matters least gives way first, and alarms stay [EDG-48]', () => {
  const classes = classPolicies({}, limits);
  const turnOf = (name: string) => classes.find((one) => one.name === name)?.turn;
  assert.equal(turnOf('critical'), undefined);
  assert.ok(turnOf('low')! < turnOf('medium')! && turnOf('medium')! < turnOf('high')!);
  assert.equal(classes[0]!.ageMax, days(365));
  assert.equal(classes[1]!.ageMax, days(30));
});

test('lanes: a lane may have its own age, size and verdict [EDG-48]', () => {
  const read = checkLanePolicies({
    low: { ageMax: '3d', bytesMax: '1MiB' },
    medium: { whenFull: 'refuse' },
    critical: { whenFull: 'expire' },
  });
  assert.ok(read.ok);
  const [critical, , medium, low] = classPolicies(read.value, limits);
  assert.deepEqual([low!.ageMax, low!.bytesMax, low!.turn], [days(3), 1_048_576, 2]);
  assert.equal(medium!.turn, undefined);
  assert.equal(critical!.turn, 5);
});

test('lanes: all mistakes of all lanes are told at once [EDG-48]', () => {
  const read = checkLanePolicies({ lw: {}, low: { ageMax: '3', size: 1, whenFull: 'drop' }, high: 7 });
  assert.ok(!read.ok);
  for (const part of [
    'lw: no such lane',
    'low: ageMax',
    'low: size: no such setting',
    'low: whenFull',
    'high: it is a group',
  ])
    assert.ok(read.why.includes(part), `${part} in ${read.why}`);
  assert.ok(!checkLanePolicies([]).ok);
});
