import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editTwin } from './edit.ts';
import { readTwinPatch } from './patch.ts';
import { readTwinFrame, readTwinRecord } from './read.ts';
import { newTwin } from './twin.ts';

const write = { replica: 'cloud', n: 4, stamp: { wall: 3, counter: 0 }, value: 1, by: 'operator:ada' };
const field = { seen: { cloud: 4 }, writes: [write] };
const part = { device: 'pump-7', owner: { node: 'edge-1', term: 1 }, fields: { 'tags.hall': field } };
const conflict = {
  kind: 'conflict',
  id: 'a',
  path: 'tags.hall',
  at: 1,
  policy: 'max',
  parked: false,
  writes: [write, write],
};
const record = { ...part, at: 5, events: [conflict] };

/** The value with one member taken away or made unfit, for every member at every depth. */
function* damaged(value: unknown, path: readonly string[] = []): Generator<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, one] of Object.entries(value)) {
    const without = Array.isArray(value)
      ? value.filter((_, index) => String(index) !== name)
      : { ...value, [name]: undefined };
    const swapped = Array.isArray(value) ? value.with(Number(name), null) : { ...value, [name]: null };
    const where = [...path, name].join('.');
    if (!Array.isArray(value)) yield [`${where} away`, without];
    yield [`${where} null`, swapped];
    for (const [inner, deeper] of damaged(one, [...path, name]))
      yield [inner, Array.isArray(value) ? value.with(Number(name), deeper) : { ...value, [name]: deeper }];
  }
}

test('twin: a record with any member missing or unfit is refused with why [TWN-16]', () => {
  assert.ok(readTwinRecord(record).ok);
  const mayLack = /\.(value|base|about|after) away$|^policy/;
  for (const [what, one] of damaged(record)) {
    const read = readTwinRecord(one);
    if (!mayLack.test(what)) assert.ok(!read.ok && read.why.length > 0, what);
  }
  for (const raw of [null, 7, 'x', [], {}]) assert.equal(readTwinRecord(raw).ok, false);
  const unseen = { ...part, fields: { 'tags.hall': { seen: { cloud: 3 }, writes: [write] } } };
  assert.match((readTwinRecord({ ...unseen, at: 1, events: [] }) as { why: string }).why, /has not seen itself/);
  const twice = { ...part, fields: { 'tags.hall': { seen: { cloud: 4 }, writes: [write, write] } } };
  assert.match((readTwinRecord({ ...twice, at: 1, events: [] }) as { why: string }).why, /not in order/);
});

test('twin: a frame of each kind is read, and any other refused with why [TWN-16]', () => {
  const frames = [
    { kind: 'root', root: 'ab' },
    { kind: 'differs' },
    { kind: 'digests', digests: [['pump-7', 'ab']], last: true },
    { kind: 'want', devices: ['pump-7'] },
    { kind: 'state', whole: true, ...part },
  ];
  for (const frame of frames) {
    assert.ok(readTwinFrame(frame).ok, frame.kind);
    for (const [what, one] of damaged(frame))
      if (!/\.(value|base|about) away$/.test(what)) assert.equal(readTwinFrame(one).ok, false, `${frame.kind} ${what}`);
  }
  assert.equal(readTwinFrame({ kind: 'want', devices: Array.from({ length: 501 }, () => 'd') }).ok, false);
});

test('twin: a patch names fields by dots or by objects, null deletes what is there [TWN-15]', () => {
  const moment = { now: 1, driftMax: 1, replica: 'cloud', by: 'x' };
  const edited = editTwin(
    newTwin('d'),
    [
      { path: 'tags.a.b', value: 1 },
      { path: 'tags.a.c', value: 2 },
    ],
    moment,
  );
  assert.ok(edited.ok);
  const read = readTwinPatch(edited.value.twin, 'tags', { x: 1, a: null, heater: { mode: 'eco', 'set.point': 21 } });
  assert.deepEqual(read, {
    ok: true,
    value: [
      { path: 'tags.x', value: 1 },
      { path: 'tags.a.b' },
      { path: 'tags.a.c' },
      { path: 'tags.heater.mode', value: 'eco' },
      { path: 'tags.heater.set.point', value: 21 },
    ],
  });
  for (const raw of [7, [1], { a: [{}] }, { '': 1 }, { a: { b: Number.NaN } }, { ['x'.repeat(200)]: 1 }])
    assert.equal(readTwinPatch(newTwin('d'), 'tags', raw).ok, false, JSON.stringify(raw));
  const own = readTwinPatch(newTwin('d'), 'tags', JSON.parse('{"__proto__":1}'));
  assert.deepEqual(own, { ok: true, value: [{ path: 'tags.__proto__', value: 1 }] });
});
