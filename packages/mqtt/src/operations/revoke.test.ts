import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../../test/support/clock.ts';
import * as wire from '../../test/support/wire.ts';
import { manualIntake, openWorld } from '../../test/support/world.ts';
import type { Access } from '../index.ts';
import { memorySessions } from '../index.ts';

/** Client identifiers are names within the user. */
const scoped: Access = {
  authenticate: ({ username = '' }) => ({ ok: true, scope: `${username}/` }),
  authorize: () => true,
};
const as = (username: string) => ({ username, password: '' });
const of = (user: string) => (clientId: string) => clientId.startsWith(`${user}/`);

test('broker: sessions of different scopes never meet, whatever their clients call themselves [MQB-120]', async () => {
  const world = await openWorld({ access: scoped });
  const kept = { clean: false, ...as('ann') };
  const ann = await world.join('same', kept);
  await ann.send(wire.subscribe([['a', 1]]), wire.disconnect());
  world.broker.publish({ topic: 'a', payload: 'for ann', qos: 1 });

  const bob = await world.dial({ clientId: 'same', clean: false, ...as('bob') });
  assert.equal(bob.takeOne()?.present, false);
  const again = await world.dial({ clientId: 'same', ...kept });
  assert.equal(again.takeOne()?.present, true);
  assert.equal(again.take('publish')[0]?.payload, 'for ann');
  assert.equal(bob.ended, false, 'nobody is taken over');
  // The name that is assigned is told as the client has to give it again.
  const unnamed = await world.dial({ clientId: '', version: 5, ...as('bob') });
  const assigned = unnamed.takeOne()?.properties?.['assignedClientId'] as string;
  assert.match(assigned, /^auto-/);
  assert.deepEqual(
    new Set([...world.broker.clients()].map((client) => client.clientId)),
    new Set(['ann/same', 'bob/same', `bob/${assigned}`]),
  );
  await world.broker.stop();
});

test('broker: revoked clients are closed at once, and their sessions, queues, wills and retained messages go [MQB-121]', async () => {
  const store = memorySessions();
  const world = await openWorld({ access: scoped, sessions: store });
  const watcher = await world.join('w', { ...as('watcher'), version: 5 });
  await watcher.send(wire.subscribe([['#', 1]], { version: 5 }));
  const kept = { clean: false, ...as('mallory') };
  const away = await world.join('away', kept);
  await away.send(
    wire.subscribe([['queue', 1]]),
    wire.publish({ topic: 'old', payload: '1', retain: true }),
    wire.disconnect(),
  );
  const online = await world.join('online', { ...kept, version: 5, will: { topic: 'will', payload: 'gone' } });
  await online.send(wire.publish({ version: 5, topic: 'now', payload: '2', retain: true }));
  const other = await world.join('other', as('alice'));
  await other.send(wire.publish({ topic: 'alive', payload: '3', retain: true }));
  world.broker.publish({ topic: 'queue', payload: 'secret', qos: 1 });
  await settle();
  watcher.take();

  assert.deepEqual(await world.broker.revoke(of('mallory')), { sessions: 2, retained: 2 });
  await settle();
  assert.deepEqual([online.take('disconnect')[0]?.code, online.ended], [0x87, true]);
  const told = new Set(watcher.take('publish').map(({ topic, payload }) => `${topic}=${payload}`));
  assert.deepEqual(told, new Set(['now=', 'old=']), 'who subscribed hears that the values are void, and no will');
  const left = new Set([...world.broker.clients()].map(({ clientId }) => clientId));
  assert.deepEqual(left, new Set(['alice/other', 'watcher/w']));
  assert.deepEqual(
    world.broker.retained('#')?.messages.map(({ topic }) => topic),
    ['alive'],
  );
  const state = await store.load();
  assert.deepEqual(
    [...state.sessions].map(({ clientId }) => clientId),
    [],
  );
  assert.deepEqual(
    [...state.retained].map(({ topic }) => topic),
    ['alive'],
  );
  assert.deepEqual([...state.wills], []);

  const back = await world.dial({ clientId: 'away', ...kept });
  assert.deepEqual([back.takeOne()?.present, back.take('publish')], [false, []]);
  assert.equal(other.ended, false);
  await world.broker.stop();
});

test('broker: what a revoked client published is not retained either when its commit ends after the revocation [MQB-122]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ access: scoped, intake });
  const client = await world.join('c', as('mallory'));
  await client.send(wire.publish({ topic: 't', payload: 'late', qos: 1, retain: true }));
  assert.equal(intake.commits.length, 1);
  let ended: unknown;
  world.broker.revoke(of('mallory')).then((one) => (ended = one), assert.fail);
  await settle();
  assert.deepEqual([client.ended, ended], [true, undefined], 'it waits for the commit under way');
  await intake.settle();
  await intake.settle();
  assert.deepEqual(ended, { sessions: 1, retained: 1 });
  assert.deepEqual(world.broker.retained('#')?.messages, []);
  await world.broker.stop();
});
