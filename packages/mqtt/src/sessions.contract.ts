import assert from 'node:assert/strict';
import type {
  SessionStore,
  StoredDelivery,
  StoredMessage,
  StoredSession,
  StoredState,
  StoredSubscription,
  StoredWill,
} from './ports.ts';

type Test = (name: string, body: () => Promise<void>) => void;

const subscription = (filter: string, id = 0): StoredSubscription => ({
  filter,
  qos: 1,
  noLocal: false,
  retainAsPublished: true,
  id,
});

const message = (sequence: number, payload: string | Uint8Array = `${sequence}`): StoredMessage => ({
  sequence,
  topic: 'a/b',
  payload: Buffer.from(payload),
  qos: 2,
  retain: false,
  properties: {
    payloadFormat: 1,
    messageExpiry: 90,
    contentType: 'text',
    responseTopic: 'r',
    correlationData: Buffer.of(0, 255),
    userProperties: [
      ['b', '1'],
      ['a', '2'],
      ['b', ''],
    ],
  },
  from: 'pump-7',
  expiresAt: 1_700_000_000_000.25,
});

const plain = (sequence: number): StoredMessage => ({
  ...message(sequence),
  qos: 1,
  retain: true,
  properties: undefined,
  from: undefined,
  expiresAt: undefined,
});

const delivery = (key: number, one: StoredMessage = message(1_000 + key)): StoredDelivery => ({
  key,
  message: one,
  qos: 2,
  retain: false,
  subscriptionIds: [7, 200_000],
  packetId: 0,
  released: false,
});

const will = (key: number, dueAt?: number): StoredWill => ({
  key,
  clientId: 'c',
  topic: 'gone',
  payload: Buffer.from('bye'),
  qos: 1,
  retain: true,
  properties: { contentType: 'text' },
  delay: 30,
  dueAt,
  taken: false,
  username: 'u',
  address: '10.0.0.1:5',
  secure: true,
  protocol: 5,
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
async function told(ground: Ground, tell: (store: SessionStore) => void): Promise<StoredState> {
  const store = await ground.open();
  tell(store);
  await store.commit();
  return (await ground.open()).load();
}

/** Payloads are compared as bytes, whatever array carries them. */
const bare = (state: StoredState): StoredSession[] =>
  [...state.sessions].map((one) => ({ ...one, deliveries: one.deliveries.map(bareDelivery) }));
const bareDelivery = (one: StoredDelivery): StoredDelivery => ({ ...one, message: bareMessage(one.message) });
const bareMessage = <One extends { readonly payload: Uint8Array }>(one: One): One => ({
  ...one,
  payload: Buffer.from(one.payload),
});

const promises: readonly (readonly [promise: string, body: (ground: Ground) => Promise<void>])[] = [
  ['a session is found with its subscriptions, deliveries and packet identifiers', findsAll],
  ['each change replaces or removes what it names, and nothing else', changesOne],
  ['a session that was left says until when; one that ended, or is begun anew, has nothing of the old', ends],
  ['what concerns a session that is not kept is ignored', ignoresStrangers],
  ['a message that many hold is found as one, with every size of payload', sharesMessages],
  ['of a message whose payload is in the spool its name and size are found', findsSpooled],
  ['retained messages and wills are found until they are replaced or removed', findsRetained],
  ['numbers are found at their highest, so that none is given twice', findsNumbers],
  ['what was told in several lives adds up', addsUp],
];

async function findsAll(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    store.opened('c', 60);
    store.subscribed('c', subscription('a/#', 7));
    store.subscribed('c', { filter: '$share/g/b', qos: 2, noLocal: true, retainAsPublished: false, id: 0 });
    store.queued('c', delivery(1));
    store.queued('c', { ...delivery(2, plain(2)), qos: 1, retain: true, subscriptionIds: [] });
    store.received('c', 500);
    store.received('c', 501);
    store.taken('c', 502);
  });
  assert.deepEqual(bare(found), [
    {
      clientId: 'c',
      expiry: 60,
      endsAt: undefined,
      subscriptions: [
        subscription('a/#', 7),
        { filter: '$share/g/b', qos: 2, noLocal: true, retainAsPublished: false, id: 0 },
      ],
      deliveries: [delivery(1), { ...delivery(2, plain(2)), qos: 1, retain: true, subscriptionIds: [] }],
      incoming: [500, 501],
      taken: [502],
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
    for (const packetId of [1, 2]) store.received('c', packetId);
    store.forgotten('c', 1);
    for (const packetId of [3, 4, 5]) store.taken('c', packetId);
    store.received('c', 3);
    store.forgotten('c', 4);
  });
  const [one, other] = bare(found);
  assert.deepEqual(one?.subscriptions, [{ ...subscription('b'), qos: 2 }, subscription('c')]);
  assert.deepEqual(one?.deliveries, [{ ...delivery(1), packetId: 11, released: true }, delivery(3)]);
  assert.deepEqual([one?.incoming, one?.taken], [[2, 3], [5]]);
  assert.deepEqual([other?.clientId, other?.subscriptions], ['d', []]);
}

async function ends(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    for (const clientId of ['left', 'back', 'ended', 'again']) {
      store.opened(clientId, 60);
      store.subscribed(clientId, subscription('a'));
      store.queued(clientId, delivery(1));
      store.left(clientId, 1_700_000_000_000.5);
    }
    store.opened('back', 30);
    store.ended('ended');
    store.ended('again');
    store.opened('again', 10);
  });
  const rows = bare(found).map((one) => [
    one.clientId,
    one.expiry,
    one.endsAt,
    one.subscriptions.length,
    one.deliveries.length,
  ]);
  assert.deepEqual(
    rows.toSorted(([one], [other]) => `${one}`.localeCompare(`${other}`)),
    [
      ['again', 10, undefined, 0, 0],
      ['back', 30, undefined, 1, 1],
      ['left', 60, 1_700_000_000_000.5, 1, 1],
    ],
  );
}

async function ignoresStrangers(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    store.subscribed('nobody', subscription('a'));
    store.queued('nobody', delivery(1));
    store.sent('nobody', 1, 1);
    store.released('nobody', 1);
    store.finished('nobody', 1);
    store.received('nobody', 1);
    store.taken('nobody', 1);
    store.left('nobody', 1);
    store.ended('nobody');
    store.willed(1, undefined);
    store.retained('nothing', undefined);
  });
  assert.deepEqual([bare(found), [...found.wills], [...found.retained]], [[], [], []]);
}

async function findsSpooled(ground: Ground): Promise<void> {
  const spooled = { name: 2 ** 33, size: 268_435_455 };
  const large: StoredMessage = { ...message(500, ''), spooled };
  const found = await told(ground, (store) => {
    store.opened('c', 60);
    store.queued('c', delivery(1, large));
    store.queued('c', delivery(2));
    store.retained('a/b', large);
  });
  assert.deepEqual(bare(found)[0]?.deliveries, [delivery(1, large), delivery(2)]);
  assert.deepEqual([...found.retained].map(bareMessage), [large]);
}

const sizes = [0, 1, 127, 128, 4_096, 16_384, 16_385, 300_000];

async function sharesMessages(ground: Ground): Promise<void> {
  const payloadOf = (size: number): Buffer => Buffer.alloc(size, size % 251);
  const found = await told(ground, (store) => {
    const sent = sizes.map((size, index) => message(500 + index, payloadOf(size)));
    for (const clientId of ['one', 'two', 'three']) {
      store.opened(clientId, 60);
      for (const [index, one] of sent.entries()) store.queued(clientId, delivery(10 + index, one));
    }
    store.finished('one', 10);
    store.ended('three');
  });
  const [one, two] = [...found.sessions];
  assert.deepEqual(
    two?.deliveries.map((one) => Buffer.from(one.message.payload)),
    sizes.map(payloadOf),
  );
  assert.deepEqual(
    one?.deliveries.map((one) => one.message),
    two?.deliveries.slice(1).map((one) => one.message),
  );
  for (const [index, kept] of one!.deliveries.entries())
    assert.equal(kept.message, two!.deliveries[index + 1]!.message, 'a message is there twice');
}

async function findsRetained(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    for (const [index, topic] of ['a', 'b', 'c'].entries()) store.retained(topic, { ...message(1 + index), topic });
    store.retained('a', { ...message(4), topic: 'a' });
    store.retained('b', undefined);
    store.willed(5, will(5));
    store.willed(6, will(6));
    store.willed(7, will(7));
    store.willed(6, undefined);
    store.willed(7, { ...will(7, 1_700_000_000_000), taken: true });
  });
  const retained = [...found.retained].map(bareMessage).toSorted((one, other) => one.sequence - other.sequence);
  assert.deepEqual(retained, [
    { ...message(3), topic: 'c' },
    { ...message(4), topic: 'a' },
  ]);
  const wills = [...found.wills].map(bareMessage).toSorted((one, other) => one.key - other.key);
  assert.deepEqual(wills, [will(5), { ...will(7, 1_700_000_000_000), taken: true }]);
}

async function findsNumbers(ground: Ground): Promise<void> {
  const found = await told(ground, (store) => {
    store.opened('c', 60);
    store.queued('c', delivery(41, message(40)));
    store.finished('c', 41);
    store.took(12);
    store.took(11);
    store.drifted(3_600_000.5);
    store.drifted(-7_000);
  });
  assert.deepEqual([found.sequence, found.took, found.drift], [41, 12, -7_000]);
  const later = await told(ground, (store) => {
    store.took(2 ** 40);
    store.willed(2 ** 41, undefined);
  });
  assert.deepEqual([later.sequence, later.took], [2 ** 41, 2 ** 40]);
}

async function addsUp(ground: Ground): Promise<void> {
  await told(ground, (store) => {
    store.opened('c', 60);
    store.queued('c', delivery(1));
    store.retained('t', message(9));
  });
  const between = await ground.open();
  const [kept] = [...(await between.load()).sessions];
  between.sent('c', 1, 5);
  between.queued('c', { ...delivery(2), message: kept!.deliveries[0]!.message });
  await between.commit();
  const last = await told(ground, (store) => store.finished('c', 1));
  assert.deepEqual(
    bare(last)[0]?.deliveries.map(({ key, packetId, message: { sequence } }) => [key, packetId, sequence]),
    [[2, 0, 1_001]],
  );
}
