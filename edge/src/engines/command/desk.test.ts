import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@selvedge/kernel/system';
import type { Command, CommandState, JsonRecord } from '@selvedge/protocol';
import { desk } from './desk.ts';

const command = (id: string, more: Partial<Command> = {}): Command => ({
  id,
  device: 'pump-7',
  name: 'shutdown',
  arguments: {},
  issuedAt: 0,
  expiresAt: 60_000,
  origin: 'operator',
  reason: '',
  ...more,
});

function setUp({ listening = true, fenceOf = () => undefined as number | undefined, openMax = 100 } = {}) {
  const state = { now: 0, listening };
  const published: { topic: string; id: string; acknowledge: (client: string | undefined) => void }[] = [];
  const records: JsonRecord[] = [];
  const one = desk({
    now: () => state.now,
    fenceOf,
    openMax,
    record: (record) => void records.push(record),
    outlet: {
      publish({ topic, payload }) {
        if (!state.listening) return { matched: 0, acknowledged: Promise.resolve(undefined) };
        const { promise, resolve } = Promise.withResolvers<string | undefined>();
        published.push({
          topic,
          id: (JSON.parse(Buffer.from(payload).toString()) as { id: string }).id,
          acknowledge: resolve,
        });
        return { matched: 1, acknowledged: promise };
      },
    },
  });
  const states = (): CommandState[] =>
    records.flatMap((record) => (record.kind === 'commandState' ? [record.body.state] : []));
  return { one, published, records, state, states };
}

const settled = (): Promise<void> => new Promise((resolve) => systemClock.soon(resolve));

test('commands: sent, delivered, done, each state once [EDG-20]', async () => {
  const { one, published, states } = setUp();
  one.open();
  one.issue(command('c-1'));
  one.issue(command('c-1'));
  published[0]!.acknowledge('client');
  await settled();
  one.answered('pump-7', { id: 'c-1', state: 'done', result: { ok: true } });
  one.answered('pump-7', { id: 'c-1', state: 'failed', result: null });
  assert.deepEqual(states(), ['sent', 'delivered', 'done']);
  assert.equal(published.length, 1);
  assert.equal(one.outstanding, 0);
});

test('commands: a device that is not there gets it when it subscribes, one session only [EDG-21]', () => {
  const { one, published, state } = setUp({ listening: false });
  one.open();
  one.issue(command('c-1'));
  assert.equal(published.length, 0);
  state.listening = true;
  one.subscribed('commands/other');
  one.subscribed('commands/+');
  one.subscribed('commands/pump-7');
  assert.deepEqual(
    published.map((message) => [message.topic, message.id]),
    [['commands/pump-7', 'c-1']],
  );
});

test('commands: one whose session is gone is sent again at the next subscription [EDG-21]', async () => {
  const { one, published } = setUp();
  one.open();
  one.issue(command('c-1'));
  published[0]!.acknowledge(undefined);
  await settled();
  one.subscribed('commands/pump-7');
  assert.equal(published.length, 2);
});

test('commands: one that came back goes to whoever listens by then, without a new subscription [EDG-21]', async () => {
  const { one, published } = setUp();
  one.open();
  one.issue(command('c-1'));
  published[0]!.acknowledge(undefined);
  await settled();
  assert.equal(published.length, 1);
  one.tick();
  one.tick();
  assert.equal(published.length, 2);
});

test('commands: whoever asks learns whose a command is and where it stands [EDG-25]', () => {
  const { one } = setUp();
  one.open();
  one.issue(command('c-1'));
  assert.deepEqual(one.find('c-1'), { device: 'pump-7', state: 'sent' });
  one.answered('pump-7', { id: 'c-1', state: 'done', result: null });
  assert.deepEqual(one.find('c-1'), { device: 'pump-7', state: 'done' });
  assert.equal(one.find('c-2'), undefined);
});

test('commands: an overdue one expires and is not delivered any more [EDG-22]', () => {
  const { one, published, state, states } = setUp({ listening: false });
  one.open();
  one.issue(command('c-1'));
  state.now = 60_001;
  one.tick();
  state.listening = true;
  one.subscribed('commands/pump-7');
  assert.deepEqual(states(), ['sent', 'expired']);
  assert.equal(published.length, 0);
});

test('commands: an answer without an id belongs to the oldest that waits, one by command id finds it [EDG-23]', () => {
  const { one, states } = setUp();
  one.open();
  one.issue(command('c-1'));
  one.issue(command('c-2'));
  one.answered('pump-7', { state: 'done', result: null });
  one.answered('c-2', { state: 'failed', result: null });
  one.answered('pump-7', { state: 'done', result: null });
  assert.deepEqual(states(), ['sent', 'sent', 'delivered', 'done', 'delivered', 'failed']);
});

test('commands: after a restart what was not over is there again, and nothing leaves before the doors are open [EDG-24]', () => {
  const { one, published, states } = setUp();
  one.restore({ kind: 'command', body: command('c-1') });
  one.restore({ kind: 'command', body: command('c-2') });
  one.restore({ kind: 'commandState', body: { id: 'c-2', device: 'pump-7', state: 'done', at: 1 } });
  one.subscribed('commands/pump-7');
  assert.equal(published.length, 0);
  one.open();
  assert.deepEqual(
    published.map((message) => message.id),
    ['c-1'],
  );
  assert.deepEqual(states(), []);
});

test('commands: the next of a device leaves when it has the one before or that has expired, others do not wait [CFG-50]', async () => {
  const { one, published, state } = setUp();
  one.open();
  one.issue(command('c-1'));
  one.issue(command('c-2', { expiresAt: 90_000 }));
  one.issue(command('other', { device: 'pump-8' }));
  one.issue(command('c-3', { expiresAt: 90_000 }));
  const ids = () => published.map((message) => message.id);
  assert.deepEqual(ids(), ['c-1', 'other']);
  state.now = 60_001;
  one.tick();
  assert.deepEqual(ids(), ['c-1', 'other', 'c-2']);
  one.tick();
  published[2]!.acknowledge('client');
  await settled();
  assert.deepEqual(ids(), ['c-1', 'other', 'c-2', 'c-3']);
});

test('commands: one ordered before a known move is refused, also after a restart [CFG-52]', () => {
  let fence: number | undefined;
  const { one, published, records } = setUp({ listening: false, fenceOf: () => fence });
  one.restore({ kind: 'command', body: command('c-1', { fence: 1 }) });
  one.restore({ kind: 'command', body: command('by-rule') });
  fence = 2;
  one.open();
  one.issue(command('c-2', { fence: 2 }));
  one.issue(command('c-3', { fence: 3 }));
  assert.equal(published.length, 0);
  const refused = records.flatMap(({ body }) => ('state' in body && body.state === 'failed' ? [body] : []));
  assert.deepEqual(
    refused.map(({ id, result }) => [id, (result as { fault: string }).fault]),
    [
      ['c-1', 'COMMAND_FENCED'],
      ['c-2', 'COMMAND_FENCED'],
    ],
  );
  assert.deepEqual([one.find('by-rule')?.state, one.find('c-3')?.state], ['sent', 'sent']);
});

test('commands: beyond the bound a new one fails, counted, until one is over [EDG-26]', () => {
  const { one, states, records } = setUp({ openMax: 1, listening: false });
  one.open();
  one.issue(command('c-1'));
  one.issue(command('c-2'));
  assert.deepEqual(states(), ['sent', 'failed']);
  const { body } = records.at(-1)!;
  assert.equal('result' in body && (body.result as { fault: string }).fault, 'COMMAND_CROWDED');
  assert.deepEqual([one.crowded, one.outstanding], [1, 1]);
  one.answered('pump-7', { id: 'c-1', state: 'done', result: null });
  one.issue(command('c-3'));
  assert.deepEqual([one.crowded, one.outstanding], [1, 1]);
});
