import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapes } from '@selvedge/protocol';
import type { Derived } from '../../ports.ts';
import { emptyColumns, pushRow } from '../intake/columns.ts';
import { judge } from './judge.ts';
import { checkRules, defaultRules, type Rule } from './rule.ts';

const names = { deviceOf: (index: number) => `pump-${index}`, valuesOf: () => ({}) };

/** Judges temperatures of one device, one a second, and gives what was derived. */
function judged(temperatures: readonly number[], rules: readonly Rule[] = defaultRules, late = 0): Derived {
  const columns = emptyColumns();
  const table = shapes();
  for (const [index, temperature] of temperatures.entries()) {
    const shape = table.of(['temperature'], [temperature], 1);
    const takenAt = index * 1_000;
    pushRow(columns, { offset: index, device: 7, takenAt, receivedAt: takenAt + late, boot: -1, seq: -1, shape }, [
      temperature,
    ]);
  }
  const sink: Derived = { alerts: [], commands: [], statistics: [] };
  judge({ rules, epoch: 'e', samplesMax: 1_000 }).judge(columns, 0, columns.count, names, sink);
  return sink;
}

const noise = Array.from({ length: 60 }, (_, index) => 20 + Math.sin(index * 1.7));

test('rules: above 80 °C raises an alert, above 85 °C also orders the shutdown [EDG-10]', () => {
  const { alerts, commands } = judged([80, 80.1, 84, 91.5]);
  assert.deepEqual(
    alerts.map((alert) => [alert.rule, alert.value, alert.severity]),
    [
      ['temperature-high', 80.1, 'major'],
      ['temperature-high', 84, 'major'],
      ['temperature-high', 91.5, 'major'],
    ],
  );
  assert.deepEqual(
    commands.map((command) => [command.device, command.name, command.origin]),
    [['pump-7', 'shutdown', 'rule:temperature-shutdown']],
  );
});

test('rules: what is derived is named by the place of its reading, so a replay gives the same names [EDG-11]', () => {
  const first = judged([...noise, 91.5, 91.6]);
  assert.equal(first.alerts.at(-1)!.id.startsWith('e-61-'), true);
  assert.deepEqual(judged([...noise, 91.5, 91.6]), first);
});

test('rules: an outlier raises an anomaly alert at once, the throttle waits for two in a row and a real distance [EDG-12]', () => {
  const one = judged([...noise, 40, 20, 20]);
  assert.deepEqual(
    one.alerts.map((alert) => [alert.type, alert.severity, alert.score]),
    [['anomaly', 'major', 1]],
  );
  assert.deepEqual(one.commands, []);
  assert.deepEqual(
    judged([...noise, 40, 41]).commands.map((command) => command.name),
    ['throttle'],
  );
  const close = noise.map((value) => 20 + (value - 20) / 100);
  assert.deepEqual(judged([...close, 20.5, 20.6]).commands, [], 'unusual, but only half a degree off');
});

test('rules: an alert rests for its cooldown [EDG-12]', () => {
  const rule: Rule = { ...defaultRules[0]!, cooldown: 3_000 };
  assert.deepEqual(
    judged([90, 90, 90, 90, 90], [rule]).alerts.map((alert) => alert.raisedAt),
    [0, 3_000],
  );
});

test('rules: a reading that arrives long after it was taken raises its alert but orders nothing [EDG-13]', () => {
  const { alerts, commands } = judged([91.5], defaultRules, 600_000);
  assert.equal(alerts.length, 1);
  assert.deepEqual(commands, []);
});

test('rules: without a sink the windows learn and nothing is derived [EDG-11]', () => {
  const columns = emptyColumns();
  const table = shapes();
  for (const [index, value] of [...noise, 40].entries()) {
    pushRow(
      columns,
      {
        offset: index,
        device: 0,
        takenAt: index,
        receivedAt: index,
        boot: -1,
        seq: -1,
        shape: table.of(['temperature'], [value], 1),
      },
      [value],
    );
  }
  const rules = judge({ rules: defaultRules, epoch: 'e', samplesMax: 1_000 });
  rules.judge(columns, 0, noise.length, names, undefined);
  const sink: Derived = { alerts: [], commands: [], statistics: [] };
  rules.judge(columns, noise.length, columns.count, names, sink);
  assert.equal(sink.alerts.length, 1);
});

test('rules: a bad rule is refused with its number and reason [EDG-14]', () => {
  const good = { name: 'hot', metric: 't', above: 1, alert: { severity: 'minor' } };
  assert.equal(checkRules([good]).ok, true);
  const cases: readonly [unknown, RegExp][] = [
    [{}, /list/],
    [[{ ...good, colour: 1 }], /rule 1: unknown settings colour/],
    [[good, good], /rule 2: the name hot is taken/],
    [[{ ...good, above: undefined }], /above or below/],
    [[{ ...good, alert: undefined }], /alert or a command/],
    [[{ ...good, cooldown: -1 }], /cooldown/],
    [[{ ...good, alert: { severity: 'bad' } }], /severity/],
  ];
  for (const [raw, why] of cases) {
    const result = checkRules(raw);
    assert.ok(!result.ok && why.test(result.why), JSON.stringify(result));
  }
});
