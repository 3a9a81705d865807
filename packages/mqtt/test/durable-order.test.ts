import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySessions, type SessionStore, simpleAccess } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

/** A store whose commits a test settles by hand. */
function slowStore(): SessionStore & { settle(refusal?: Error): Promise<void> } {
  let waiting: PromiseWithResolvers<void>[] = [];
  return {
    ...memorySessions(),
    commit() {
      const one = Promise.withResolvers<void>();
      waiting.push(one);
      return one.promise;
    },
    async settle(refusal) {
      const all = waiting;
      waiting = [];
      for (const one of all) refusal ? one.reject(refusal) : one.resolve();
      await settle();
    },
  };
}

const kinds = (packets: readonly { kind: string }[]) => packets.map(({ kind }) => kind);

test('durable: a message leaves after the store has its packet identifier, PUBREL after it has the release [MQB-114]', async () => {
  const sessions = slowStore();
  const world = await openWorld({ sessions });
  const client = await world.dial({ clientId: 'c', clean: false });
  await sessions.settle();
  await client.send(wire.subscribe([['a', 2]]));
  await sessions.settle();
  client.take();
  world.broker.publish({ topic: 'a', payload: 'x', qos: 2 });
  await settle();
  assert.deepEqual(client.take(), []);
  await sessions.settle();
  const [message] = client.take();
  await client.send(wire.pubrec(message!.id!));
  assert.deepEqual(client.take(), []);
  await sessions.settle();
  assert.deepEqual(kinds(client.take()), ['pubrel']);
  const done = world.broker.stop();
  await sessions.settle();
  await done;
});

test('durable: to a clean session messages leave without waiting for the store [MQB-105]', async () => {
  const sessions = slowStore();
  const world = await openWorld({ sessions });
  const client = await world.dial({ clientId: 'c' });
  await sessions.settle();
  await client.send(wire.subscribe([['a', 2]]));
  await sessions.settle();
  client.take();
  world.broker.publish({ topic: 'a', payload: 'x', qos: 2 });
  await settle();
  assert.deepEqual(kinds(client.take()), ['publish']);
  await world.broker.stop();
});

test('durable: when the store refuses, the client is closed, and gets the message by its identifier when it is back [MQB-114]', async () => {
  const sessions = slowStore();
  const world = await openWorld({ sessions });
  const client = await world.dial({ clientId: 'c', clean: false });
  await sessions.settle();
  await client.send(wire.subscribe([['a', 2]]));
  await sessions.settle();
  client.take();
  world.broker.publish({ topic: 'a', payload: 'x', qos: 2 });
  await settle();
  await sessions.settle(new Error('no disk'));
  assert.deepEqual([client.take(), client.ended], [[], true]);
  const back = await world.dial({ clientId: 'c', clean: false });
  await sessions.settle();
  const [connack, message] = back.take();
  assert.deepEqual([connack?.present, message?.payload, message?.qos, message?.dup], [true, 'x', 2, true]);
  const done = world.broker.stop();
  await sessions.settle();
  await done;
});

test('access: by password or anonymously, and with a code of its own for a refused filter [MQB-115]', async () => {
  const users = new Map([['pump', 'secret']]);
  const denied = new Map([['private/#', 0x80]]);
  for (const anonymous of [false, true]) {
    const world = await openWorld({ access: simpleAccess({ anonymous, users, denied }) });
    const codes = [];
    for (const [username, password] of [
      ['pump', 'secret'],
      ['pump', 'wrong'],
      ['pump', undefined],
      ['nobody', 'secret'],
      [undefined, undefined],
    ] as const) {
      const fields = { ...(username ? { username } : {}), ...(password ? { password } : {}) };
      codes.push((await world.dial({ clientId: 'c', version: 5, ...fields })).takeOne()?.code);
    }
    assert.deepEqual(codes, anonymous ? [0, 0x86, 0x86, 0, 0] : [0, 0x86, 0x86, 0x86, 0x87]);
    const client = await world.join('d', { version: 5, username: 'pump', password: 'secret' });
    await client.send(
      wire.subscribe(
        [
          ['private/#', 1],
          ['private/x', 1],
        ],
        { version: 5 },
      ),
    );
    assert.deepEqual(client.takeOne()?.codes, [0x80, 1]);
    await world.broker.stop();
  }
});
