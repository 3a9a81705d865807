import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailboxes } from './mailboxes.ts';

const options = { lettersMax: 3, graceMax: 30_000, repeatAfter: 10_000 };

function setUp() {
  const boxes = mailboxes(options);
  const state = { now: 0 };
  const ended: [string, string | undefined][] = [];
  const publish = (id: string, expiresAt = 60_000): number => {
    const payload = Buffer.from(JSON.stringify({ id, expires_at: expiresAt }));
    const sent = boxes.publish('pump', { topic: 'commands/pump', payload, qos: 2 }, state.now);
    void sent.acknowledged.then((client) => sent.matched > 0 && ended.push([id, client]));
    return sent.matched;
  };
  const listen = (after?: string) => {
    const one = { got: [] as string[], isReplaced: false, leave: (_hasLeft: boolean): void => undefined };
    one.leave = boxes.listen(
      'pump',
      after,
      { deliver: ({ id }) => void one.got.push(id), replaced: () => void (one.isReplaced = true) },
      () => state.now,
    );
    return one;
  };
  return { boxes, state, ended, publish, listen };
}

const settled = (): Promise<void> => Promise.resolve().then(() => undefined);

test('mailbox: nobody gets a command while nobody listens [EDG-87]', () => {
  const { publish, listen } = setUp();
  assert.equal(publish('c-1'), 0);
  const one = listen();
  assert.deepEqual([publish('c-2'), one.got], [1, ['c-2']]);
});

test('mailbox: a command is acknowledged by the place from which the device listens on, and does not come again [EDG-87]', async () => {
  const { publish, listen, ended } = setUp();
  const first = listen();
  for (const id of ['c-1', 'c-2', 'c-3']) publish(id);
  first.leave(true);
  const second = listen('c-2');
  await settled();
  assert.deepEqual(ended, [
    ['c-1', 'pump'],
    ['c-2', 'pump'],
  ]);
  assert.deepEqual(second.got, ['c-3']);
});

test('mailbox: an answer acknowledges too [EDG-87]', async () => {
  const { boxes, publish, listen, ended } = setUp();
  listen();
  publish('c-1');
  boxes.acknowledge('pump', 'c-1');
  boxes.acknowledge('pump', 'c-1');
  boxes.acknowledge('nobody', 'c-1');
  await settled();
  assert.deepEqual(ended, [['c-1', 'pump']]);
});

test('mailbox: who says that it has nothing gets all again at once, who does not say only after a while [EDG-87]', () => {
  const { boxes, state, publish, listen } = setUp();
  const first = listen();
  publish('c-1');
  first.leave(true);
  const silent = listen();
  assert.deepEqual(silent.got, []);
  state.now = 9_999;
  boxes.tick(state.now);
  assert.deepEqual(silent.got, []);
  state.now = 10_000;
  boxes.tick(state.now);
  boxes.tick((state.now = 25_000));
  assert.deepEqual(silent.got, ['c-1']);
  silent.leave(true);
  assert.deepEqual(listen('').got, ['c-1']);
});

test('mailbox: what did not leave with its listener comes to the next at once [EDG-87]', () => {
  const { publish, listen } = setUp();
  const first = listen();
  publish('c-1');
  first.leave(false);
  assert.deepEqual(listen().got, ['c-1']);
});

test('mailbox: a device that stays away is given up, so that others can have the command [EDG-87]', async () => {
  const { boxes, state, publish, listen, ended } = setUp();
  const one = listen();
  publish('c-1');
  one.leave(true);
  boxes.tick((state.now = 29_999));
  await settled();
  assert.deepEqual(ended, []);
  boxes.tick((state.now = 30_000));
  await settled();
  assert.deepEqual(ended, [['c-1', undefined]]);
  assert.equal(boxes.listening, 0);
});

test('mailbox: an overdue command is not delivered any more [EDG-22]', async () => {
  const { boxes, state, publish, listen, ended } = setUp();
  listen().leave(true);
  const one = listen();
  publish('c-1', 5_000);
  one.leave(false);
  state.now = 5_000;
  assert.deepEqual(listen('').got, []);
  boxes.tick(state.now);
  await settled();
  assert.deepEqual(ended, [['c-1', undefined]]);
});

test('mailbox: one listener per device, the newest [EDG-88]', () => {
  const { boxes, publish, listen } = setUp();
  const [old, young] = [listen(), listen()];
  publish('c-1');
  assert.deepEqual([old.isReplaced, old.got, young.got], [true, [], ['c-1']]);
  old.leave(true);
  assert.equal(boxes.listening, 1);
  assert.equal(publish('c-2'), 1);
});

test('mailbox: beyond its bound commands wait where they are [EDG-88]', () => {
  const { publish, listen } = setUp();
  listen();
  assert.deepEqual(
    ['c-1', 'c-2', 'c-3', 'c-4', 'c-1'].map((id) => publish(id)),
    [1, 1, 1, 0, 0],
  );
});
