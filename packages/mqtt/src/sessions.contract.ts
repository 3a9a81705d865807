import assert from 'node:assert/strict';
import type { SessionStore, StoredDelivery, StoredSession, StoredSubscription } from './ports.ts';

type Test = (name: string, body: () => Promise<void>) => void;

const subscription = (filter: string, id = 0): StoredSubscription => ({
  filter,
  qos: 1,
  noLocal: false,
  retainAsPublished: true,
  id,
});

const delivery = (key: number, payload = `${key}`): StoredDelivery => ({
  key,
  topic: 'a/b',
  payload: Buffer.from(payload),
  qos: 2,
  retain: false,
  properties: {
    contentType: 'text',
    userProperties: [
      ['b', '1'],
      ['a', '2'],
    ],
  },
  subscriptionIds: [7, 200_000],
  expiresAt: 1_700_000_000_000,
  packetId: 0,
  released: false,
});

interface Ground {
  open(): SessionStore | Promise<SessionStore>;
}

/**
 * What every session store keeps. `ground` begins a test on fresh ground, on which a store opened later finds what an
 * earlier one was told and has committed.
 */
export function sessionsContract(name: string, ground: () => Ground, test: Test): void {
  for (const [promise, body] of promises) test(`${name}: ${promise} [MQB-64]`, () => body(ground()));
}

/** Tells a store something and gives what another one on the same ground then finds. */
async function told(ground: Ground, tell: (store: SessionStore) => void): Promise<StoredSession[]> {
  const store = await ground.open();
  tell(store);
  await store.commit();
  const found: StoredSession[] = [];
  for await (const session of (await ground.open()).load()) found.push(session);
  return found;
}

const promises: readonly (readonly [promise: string, body: (ground: Ground) => Promise<void>])[] = [
  ['a session is found with its subscriptions, deliveries and packet identifiers', findsAll],
  ['each change replaces or removes what it names, and nothing else', changesOne],
  ['a session that was left says until when; one that ended, or is begun anew, has nothing of the old', ends],
  ['what concerns a session that is not kept is ignored', ignoresStrangers],
];

async function findsAll(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    store.opened('c', 60);
    store.subscribed('c', subscription('a/#', 7));
    store.subscribed('c', subscription('$share/g/b'));
    store.queued('c', delivery(1));
    store.queued('c', delivery(2));
    store.received('c', 500);
    store.received('c', 501);
  });
  assert.deepEqual(found, [
    {
      clientId: 'c',
      expiry: 60,
      endsAt: undefined,
      subscriptions: [subscription('a/#', 7), subscription('$share/g/b')],
      deliveries: [delivery(1), delivery(2)],
      incoming: [500, 501],
    },
  ]);
}

async function changesOne(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    store.opened('c', 60);
    store.opened('d', 5);
    for (const filter of ['a', 'b', 'c']) store.subscribed('c', subscription(filter));
    store.subscribed('c', { ...subscription('b'), qos: 2 });
    store.unsubscribed('c', 'a');
    store.unsubscribed('d', 'b');
    for (const key of [1, 2, 3]) store.queued('c', delivery(key));
    store.sent('c', 1, 11);
    store.sent('c', 2, 12);
    store.released('c', 1);
    store.finished('c', 2);
    store.finished('c', 99);
    store.received('c', 1);
    store.received('c', 2);
    store.forgotten('c', 1);
  });
  const [one, other] = found;
  assert.deepEqual(one?.subscriptions, [{ ...subscription('b'), qos: 2 }, subscription('c')]);
  assert.deepEqual(one?.deliveries, [{ ...delivery(1), packetId: 11, released: true }, delivery(3)]);
  assert.deepEqual([one?.incoming, other?.clientId, other?.subscriptions], [[2], 'd', []]);
}

async function ends(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    for (const clientId of ['left', 'back', 'ended', 'again']) {
      store.opened(clientId, 60);
      store.subscribed(clientId, subscription('a'));
      store.left(clientId, 1_700_000_000_000);
    }
    store.opened('back', 30);
    store.ended('ended');
    store.ended('again');
    store.opened('again', 10);
  });
  const rows = found.map(({ clientId, expiry, endsAt, subscriptions }) => [
    clientId,
    expiry,
    endsAt,
    subscriptions.length,
  ]);
  assert.deepEqual(
    rows.toSorted(([one], [other]) => `${one}`.localeCompare(`${other}`)),
    [
      ['again', 10, undefined, 0],
      ['back', 30, undefined, 1],
      ['left', 60, 1_700_000_000_000, 1],
    ],
  );
}

async function ignoresStrangers(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    store.subscribed('nobody', subscription('a'));
    store.queued('nobody', delivery(1));
    store.sent('nobody', 1, 1);
    store.left('nobody', 1);
    store.ended('nobody');
  });
  assert.deepEqual(found, []);
}
