import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, lanes, localClass, quality, shapes, type Value, valueNames } from '@selvedge/protocol';
import type { RouteInputs } from '../../ports.ts';
import { checkPolicies } from './check-policies.ts';
import { firstMode, stepMode } from './mode.ts';
import { router as routerOf } from './router.ts';

const idle: RouteInputs = { state: 'online', costPerMb: 0, congestion: 0, capLeft: 1, load: 0 };
const [high, medium, low] = [classOf('reading'), lanes.indexOf('medium'), lanes.indexOf('low')];
const table = shapes();

function policiesOf(...raw: object[]) {
  const read = checkPolicies(raw.map((one, index) => ({ name: `p${index}`, ...one })));
  assert.ok(read.ok, read.ok ? '' : read.why);
  return read.value;
}

/** A router whose device 0 is pump-7 and 1 is fan-1. `send` gives the class and the bits of each reading. */
function routing(...raw: object[]) {
  const ids = ['pump-7', 'fan-1'];
  const router = routerOf({ policies: policiesOf(...raw), idOf: (device) => ids[device]!, now: 0 });
  router.tick(idle, 0);
  return {
    router,
    send(values: Readonly<Record<string, Value>>, { device = 0, age = 0, now = 0, whole = false } = {}) {
      const names = valueNames(values);
      const list = names.map((name) => values[name]!);
      const reading = { shape: table.of(names, list, names.length), values: list, takenAt: now - age, quality: 0 };
      return [router.decide(device, reading, now, whole), reading.quality] as const;
    },
  };
}

test('route: each action has its lane, and the first policy that fits is the one that holds [ROU-1]', () => {
  const { send } = routing(
    { devices: 'pump-*', metrics: ['vib*'], send: 'folded' },
    { devices: 'pump-*', shape: ['b', 'a'], send: 'later' },
    { devices: 'pump-*', metrics: ['secret'], send: 'nothing' },
    { devices: 'pump-*', metrics: ['image'], send: 'analyse' },
    { devices: 'pump-*', priority: 'medium' },
  );
  assert.deepEqual(send({ vibration: 1 }), [localClass, quality.folded]);
  assert.deepEqual(send({ a: 1, b: 2 }), [low, 0]);
  assert.deepEqual(send({ secret: 1 }), [localClass, quality.withheld]);
  assert.deepEqual(send({ image: 'x' }), [high, quality.analyse]);
  assert.deepEqual(send({ a: 1 }), [medium, 0]);
  assert.deepEqual(send({ a: 1 }, { device: 1 }), [high, 0], 'no policy fits');
});

test('route: of folded readings those are sent that a dead band, a change, a number or a time asks for [ROU-2]', () => {
  const kept = (fold: object, values: readonly Value[], step = 1_000) => {
    const { send } = routing({ send: 'folded', fold });
    return values.map((value, index) => send({ t: value }, { now: index * step })[0] === high);
  };
  assert.deepEqual(kept({ deadBand: { t: 1 } }, [0, 0.9, 1.1, 1.2, 2.2, 0]), [true, false, true, false, true, true]);
  assert.deepEqual(kept({ onChange: true }, [1, 1, 2, 2, 1]), [true, false, true, false, true]);
  assert.deepEqual(kept({ onChange: true }, ['on', 'on', 'off']), [true, false, true]);
  assert.deepEqual(kept({ oneOf: 3 }, [1, 1, 1, 1, 1, 1, 1]), [true, false, false, true, false, false, true]);
  assert.deepEqual(kept({ every: '2s' }, [1, 1, 1, 1, 1]), [true, false, true, false, true]);
  assert.deepEqual(kept({}, [1, 2, 3]), [false, false, false]);
});

test('route: a reading that is older than the deadline on arrival goes behind the others [ROU-3]', () => {
  const { send } = routing({ deadline: '10s' });
  assert.deepEqual(send({ t: 1 }, { now: 60_000, age: 10_000 }), [high, 0]);
  assert.deepEqual(send({ t: 1 }, { now: 60_000, age: 10_001 }), [low, 0]);
});

test('route: a reading with a private value stays here, also where another policy decides on it [ROU-4]', () => {
  const { send, router } = routing({ metrics: ['t'], priority: 'low' }, { private: ['operator'] });
  const partly = quality.withheld | quality.partly;
  assert.deepEqual(send({ t: 1, operator: 'x' }), [localClass, partly]);
  assert.deepEqual(send({ t: 1 }), [low, 0]);
  const shape = table.of(['operator', 't'], ['x', 1], 2);
  assert.deepEqual(router.treat(0, shape).open, ['t']);
  assert.equal(router.isPrivate('pump-7', 'operator'), true);
});

test('route: what its door names is not folded, so that name and reading are durable together [ROU-5]', () => {
  const { send } = routing({ send: 'folded' });
  assert.deepEqual(send({ t: 1 }, { whole: true }), [high, 0]);
});

test('route: the link, its cost, congestion, allowance and the load change the action; the first clause counts [ROU-6]', () => {
  const clauses = [
    { link: 'offline', send: 'nothing' },
    { costAbove: 5, capLeftBelow: 0.5, send: 'folded' },
    { congestionAbove: 0.7, send: 'later' },
    { loadAbove: 0.9, send: 'folded' },
  ];
  const [policy] = policiesOf({ when: clauses, dwell: '0s' });
  const actionIn = (inputs: Partial<RouteInputs>) =>
    stepMode(policy!, firstMode(policy!, 0), { ...idle, ...inputs }, 1).action;
  assert.equal(actionIn({}), 'raw');
  assert.equal(actionIn({ state: 'offline', congestion: 1 }), 'nothing');
  assert.equal(actionIn({ costPerMb: 6 }), 'raw', 'all conditions of a clause must hold');
  assert.equal(actionIn({ costPerMb: 6, capLeft: 0.4 }), 'folded');
  assert.equal(actionIn({ congestion: 0.8, load: 1 }), 'later');
  assert.equal(actionIn({ load: 0.95 }), 'folded');
});

test('route: a clause that holds ends only behind its margin, and nothing changes before the dwell is over [ROU-7]', () => {
  const [policy] = policiesOf({ when: [{ congestionAbove: 0.5, send: 'folded' }], dwell: '10s', margin: 0.2 });
  let mode = firstMode(policy!, 0);
  const at = (now: number, congestion: number): string => {
    mode = stepMode(policy!, mode, { ...idle, congestion }, now);
    return mode.action;
  };
  assert.equal(at(0, 0.51), 'folded');
  assert.equal(at(9_999, 0), 'folded', 'it dwells');
  assert.equal(at(10_000, 0.41), 'folded', 'within the margin');
  assert.equal(at(10_001, 0.4), 'raw');
  assert.equal(at(10_002, 1), 'raw', 'it dwells');
  let changes = 0;
  for (let now = 20_001, before = mode.action; now < 620_001; now += 100) {
    const action = at(now, 0.5 + 0.09 * Math.sin(now));
    if (action !== before) changes += 1;
    before = action as typeof before;
  }
  assert.equal(changes, 1, 'a number that trembles at the limit changes it once');
});

test('route: it says which policy, which inputs, since when, and what would change it [ROU-8]', () => {
  const clauses = [
    { link: 'offline', send: 'nothing' },
    { congestionAbove: 0.5, send: 'folded' },
  ];
  const { router, send } = routing({ devices: 'pump-*', private: ['operator'], when: clauses, dwell: '1m' });
  send({ t: 1, operator: 'x' });
  router.tick({ ...idle, congestion: 0.6 }, 5_000);
  const { inputs, streams } = router.explain('pump-7', { wall: 100_000, ticks: 9_000 });
  assert.equal(inputs.congestion, 0.6);
  assert.deepEqual(streams, [
    {
      values: ['operator', 't'],
      private: ['operator'],
      policy: 'p0',
      action: 'folded',
      why: 'clause 2 holds: congestion above 0.4 (now 0.6)',
      since: 96_000,
      inputsThen: { ...idle, congestion: 0.6 },
      settledUntil: 156_000,
      lane: 'high',
      changes: [
        { to: 'nothing', when: 'link offline (now online)' },
        { to: 'raw', when: 'not any more: congestion above 0.4 (now 0.6)' },
      ],
    },
  ]);
  const other = router.explain('fan-1', { wall: 0, ticks: 0 }).streams[0]!;
  assert.deepEqual([other.policy, other.action], [null, 'raw']);
});

test('route: all mistakes of a configuration are told at once [ROU-9]', () => {
  const read = checkPolicies([
    { name: 'A', send: 'some', fold: { deadBand: { t: -1 }, every: 5, interval: '2h', oneOf: 1.5 }, typo: 1 },
    { name: 'b', when: [{ send: 'raw' }, { congestionAbove: 2 }], private: 'x', priority: 'top', margin: 2 },
    { name: 'b' },
  ]);
  assert.ok(!read.ok);
  const told = read.why.split('; ');
  for (const part of ['name must be', 'send is one of', 'deadBand of t', 'fold: every', 'interval is at most', 'oneOf'])
    assert.ok(
      told.some((one) => one.startsWith('route 1') && one.includes(part)),
      part,
    );
  for (const part of [
    'when 1: it needs a condition',
    'when 2: send is missing',
    'private is a list',
    'priority',
    'margin',
  ])
    assert.ok(
      told.some((one) => one.startsWith('route 2') && one.includes(part)),
      part,
    );
  assert.ok(told.includes('route 1: no such setting: typo') && told.includes('there are two routes b'));
  assert.ok(checkPolicies([]).ok && !checkPolicies({}).ok);
});

test('route: a device that invents shapes for ever does not fill the memory [ROU-10]', () => {
  const { send, router } = routing({ send: 'folded' });
  for (let i = 0; i < 1_000; i++) send({ [`n${i}`]: 1 });
  assert.ok(router.explain('pump-7', { wall: 0, ticks: 0 }).streams.length <= 32);
});
