import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import type { Command, CommandChange, JsonRecord } from '@selvedge/protocol';
import type { ActuatorAnswer, ActuatorCall } from '../../ports.ts';
import { actionsOf, noActuators } from './actions.ts';
import { type Actuators, actuators } from './actuators.ts';

const url = 'coap://10.0.0.7/device/{device}/cool';
const rules = [
  { name: 'cool', command: { actuator: { url, idempotent: false } } },
  { name: 'close', command: { actuator: { url: 'coap://10.0.0.8/valve', idempotent: true } } },
  { name: 'plain', command: {} },
];

const command = (id: string, more: Partial<Command> = {}): Command => ({
  id,
  device: 'pump-7',
  name: 'start_cooling',
  arguments: { action: 'start_cooling', duration: 300 },
  issuedAt: 0,
  expiresAt: 60_000,
  origin: 'actuator:cool',
  reason: '',
  ...more,
});

interface Call extends ActuatorCall {
  answer(ok: boolean, code: string, payload?: string): void;
  fail(cause: unknown): void;
}

/** Actuators whose disk writes when it is told to, unless `disk` is on, which is at once. */
function setUp({ journal = [] as JsonRecord[], callsMax = 2, waitingMax = 3, names = rules } = {}) {
  const state: { now: number; disk: boolean; full: boolean } = { now: 0, disk: true, full: false };
  const calls: Call[] = [];
  const waiting: (() => void)[] = [];
  const one: Actuators = actuators({
    actions: actionsOf(names),
    now: () => state.now,
    callsMax,
    waitingMax,
    write(record, durable) {
      if (state.full) return false;
      const settle = (): void => {
        journal.push(record);
        durable();
      };
      if (state.disk) settle();
      else waiting.push(settle);
      return true;
    },
    client: {
      call: (call) => {
        const { promise, resolve, reject } = Promise.withResolvers<ActuatorAnswer>();
        const answer = (ok: boolean, code: string, payload = ''): void =>
          resolve({ ok, code, payload: Buffer.from(payload) });
        calls.push({ ...call, answer, fail: reject });
        return promise;
      },
    },
  });
  const issue = (some: Command): void => {
    journal.push({ kind: 'command', body: some });
    one.issue(some);
  };
  const changes = (id = 'c-1'): readonly CommandChange[] =>
    journal.flatMap((record) => (record.kind === 'commandState' && record.body.id === id ? [record.body] : []));
  const states = (id?: string): readonly string[] => changes(id).map((change) => change.state);
  const flush = (): void => {
    for (const settle of waiting.splice(0)) settle();
  };
  return { one, state, calls, journal, issue, changes, states, flush };
}

/** The next life on what the one before had made durable. */
function restart(journal: readonly JsonRecord[], names = rules) {
  const next = setUp({ journal: [...journal], names });
  for (const record of journal) next.one.restore(record);
  next.one.open();
  return next;
}

const settled = (): Promise<void> => new Promise((resolve) => systemClock.soon(resolve));
const timeout = new Fault('COAP_TIMEOUT', { hint: '', retry: 'later' }, '10.0.0.7:5683 did not answer', {});

test('actuators: a call is made when its beginning is durable, and its answer is the result [EDG-120]', async () => {
  const { one, calls, issue, changes, states, state, flush } = setUp();
  one.open();
  state.disk = false;
  issue(command('c-1'));
  assert.equal(calls.length, 0);
  flush();
  const { device, payload, within } = calls[0]!;
  assert.deepEqual([calls[0]!.url, device, within], [url, 'pump-7', 60_000]);
  assert.deepEqual(payload, { action: 'start_cooling', duration: 300 });
  state.disk = true;
  calls[0]!.answer(true, '2.04', '{"cooling":true}');
  await settled();
  assert.deepEqual(states(), ['sent', 'delivered', 'done']);
  assert.deepEqual(changes().at(-1)!.result, { coap: url, code: '2.04', payload: { cooling: true } });
  assert.equal(one.outstanding, 0);
});

test('actuators: a refusal, silence and what cannot be reached are results too, and say whether it may have acted [EDG-120]', async () => {
  const { one, calls, issue, changes } = setUp({ callsMax: 5 });
  one.open();
  for (const id of ['c-1', 'c-2', 'c-3', 'c-4']) issue(command(id));
  calls[0]!.answer(false, '4.04', 'no such pump');
  calls[1]!.fail(timeout);
  calls[2]!.fail(new Fault('COAP_NAME_UNKNOWN', { hint: '', retry: 'later' }, 'chiller has no address', {}));
  calls[3]!.fail(new Error('odd'));
  await settled();
  const results = ['c-1', 'c-2', 'c-3', 'c-4'].map((id) => changes(id).at(-1)!);
  assert.deepEqual(
    results.map(({ state }) => state),
    ['failed', 'failed', 'failed', 'failed'],
  );
  assert.deepEqual(
    results.map(({ result }) => result),
    [
      { coap: url, code: '4.04', payload: 'no such pump' },
      { coap: url, failure: 'COAP_TIMEOUT', why: '10.0.0.7:5683 did not answer', outcome: 'unknown' },
      { coap: url, failure: 'COAP_NAME_UNKNOWN', why: 'chiller has no address' },
      { coap: url, failure: 'unforeseen', why: 'odd', outcome: 'unknown' },
    ],
  );
  assert.match(one.metrics(), /edge_actuator_calls_total\{outcome="refused"\} 1/);
});

test('actuators: one command is one call, however often it is told [EDG-121]', async () => {
  const { one, calls, issue } = setUp();
  one.open();
  issue(command('c-1'));
  issue(command('c-1'));
  one.open();
  await settled();
  assert.equal(calls.length, 1);
  assert.equal(one.issue(command('c-2', { origin: 'rule:cool' })), false, 'it is for the device');
});

test('actuators: so many calls at a time, so many wait, and what is beyond fails and is counted [EDG-122]', async () => {
  const { one, calls, issue, states } = setUp({ callsMax: 2, waitingMax: 3 });
  one.open();
  for (let n = 1; n <= 7; n++) issue(command(`c-${n}`));
  assert.equal(calls.length, 2);
  assert.deepEqual([states('c-5'), states('c-6')], [['sent'], ['failed']]);
  assert.match(one.metrics(), /edge_actuator_calls_total\{outcome="crowded"\} 2/);
  calls[0]!.answer(true, '2.04');
  await settled();
  assert.equal(calls.length, 3);
  assert.equal(one.outstanding, 4);
});

test('actuators: what could not be called before its expiry is not called any more [EDG-123]', async () => {
  const { one, state, calls, issue, states, flush } = setUp({ callsMax: 1 });
  one.open();
  issue(command('c-1'));
  issue(command('c-2'));
  state.now = 60_000;
  one.tick();
  assert.deepEqual([states('c-1').at(-1), states('c-2').at(-1)], ['delivered', 'expired']);
  calls[0]!.fail(timeout);
  await settled();
  assert.equal(states('c-1').at(-1), 'failed');
  state.disk = false;
  issue(command('c-3', { expiresAt: 70_000 }));
  state.now = 70_000;
  flush();
  flush();
  assert.equal(calls.length, 1, 'the disk took until it was too late');
  assert.equal(states('c-3').at(-1), 'expired');
});

test('actuators: after a crash what had not begun is called, and what had begun fails as unknown [EDG-124]', async () => {
  const { one, calls, issue, journal } = setUp({ callsMax: 1 });
  one.open();
  issue(command('c-1'));
  issue(command('c-2'));
  assert.equal(calls.length, 1);
  const next = restart(journal);
  assert.deepEqual(next.states('c-1'), ['sent', 'delivered', 'failed']);
  assert.match(JSON.stringify(next.changes('c-1').at(-1)!.result), /outcome unknown/);
  assert.deepEqual(
    next.calls.map(({ id }) => id),
    ['c-2'],
  );
  next.calls[0]!.answer(true, '2.04');
  await settled();
  const last = restart(next.journal);
  assert.equal(last.calls.length, 0);
  assert.equal(last.one.outstanding, 0);
});

test('actuators: what is no more when done twice is called again after a crash, until it expires [EDG-124]', () => {
  const { one, issue, journal } = setUp();
  one.open();
  issue(command('c-1', { origin: 'actuator:close' }));
  const next = restart(journal);
  assert.equal(next.calls.length, 1);
  assert.deepEqual(next.states(), ['sent', 'delivered']);
  const late = setUp({ journal: [...journal] });
  for (const record of journal) late.one.restore(record);
  late.state.now = 60_000;
  late.one.open();
  assert.equal(late.calls.length, 0);
  assert.equal(late.states().at(-1), 'failed');
});

test('actuators: a command whose rule is gone fails, and does not go to the device instead [EDG-124]', () => {
  const { one, issue, journal } = setUp();
  issue(command('c-1'));
  assert.equal(one.outstanding, 1);
  const next = restart(journal, []);
  assert.deepEqual(next.states(), ['sent', 'failed']);
});

test('actuators: a stopped node does not guess an outcome, and one that is joined to nobody says so [EDG-124]', async () => {
  const { one, calls, issue, states } = setUp();
  one.open();
  issue(command('c-1'));
  one.stop();
  calls[0]!.fail(new Error('stopped'));
  await settled();
  assert.deepEqual(states(), ['sent', 'delivered']);
  await assert.rejects(noActuators.call({} as ActuatorCall, new AbortController().signal), /not joined/);
});

test('actuators: while too much waits for the disk, nothing is called [EDG-120]', async () => {
  const { one, state, calls, issue } = setUp();
  one.open();
  state.full = true;
  issue(command('c-1'));
  await settled();
  assert.equal(calls.length, 0);
  assert.equal(one.outstanding, 0);
});
