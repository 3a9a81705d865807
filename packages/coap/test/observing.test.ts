import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientResponse,
  codeName,
  type Datagram,
  methods,
  type Observation,
  type Resource,
  readOptions,
  registry,
  responses,
} from '../src/index.ts';
import { ack, con, type Raw, rst, simulated } from './support/world.ts';

const path = (text: string) => ({ number: registry.uriPath.number, value: Buffer.from(text) });
const observe = (value: number) => ({
  number: registry.observe.number,
  value: value === 0 ? Buffer.alloc(0) : Buffer.of(value),
});

/** A resource whose text the test sets, and what has become of its observers. */
function thing(about: Partial<Resource> = {}) {
  const state = { text: 'zero', begun: 0, ended: 0, changed: () => {} };
  const resource: Resource = {
    path: 'thing',
    get: () => (state.text === '' ? { code: responses.notFound } : state.text),
    observable: (_request, changed) => {
      state.begun += 1;
      state.changed = changed;
      return () => (state.ended += 1);
    },
    ...about,
  };
  return { state, resource };
}

async function observed(about: Partial<Resource> = {}, limits: object = {}) {
  const world = simulated();
  const { state, resource } = thing(about);
  const server = await world.endpoint({ resources: [resource], limits: { amplification: 0, ...limits } });
  const peer = await world.raw();
  let id = 0;
  const register = (token: Buffer, value = 0, from: Raw = peer): void =>
    from.send(con(++id, { code: methods.GET, token, options: [observe(value), path('thing')] }), server.at);
  const set = async (text: string, wait = 50): Promise<void> => {
    state.text = text;
    server.changed('thing');
    await world.run(wait);
  };
  return { world, server, peer, state, register, set };
}

const token = Buffer.of(7);
const shown = (peer: Raw): readonly string[] =>
  peer.take().map(({ type, message }) => `${'CNAR'[type]} ${codeName(message.code)} ${message.payload}`.trim());

test('observing: every observer gets each new state, with rising numbers [COA-70]', async () => {
  const { world, peer, register, set, server } = await observed();
  register(token);
  register(Buffer.of(8));
  await world.run(50);
  assert.deepEqual(shown(peer), ['A 2.05 zero', 'A 2.05 zero']);
  assert.equal(server.metrics.observers.value(), 2);
  const numbers: number[] = [];
  for (const text of ['one', 'two', 'three']) {
    await set(text);
    const got: Datagram[] = [];
    // Where both are confirmable, the second waits for the acknowledgement of the first.
    for (let round = 0; round < 2; round++) {
      const some = peer.take();
      for (const { id, type } of some) if (type === 0) peer.send(ack(id), server.at);
      got.push(...some);
      await world.run(50);
    }
    assert.deepEqual(
      got.map(({ message }) => `${message.token[0]} ${message.payload}`).toSorted((a, b) => a.localeCompare(b)),
      [`7 ${text}`, `8 ${text}`],
    );
    numbers.push(readOptions.observe(got.find(({ message }) => message.token[0] === 7)!.message)!);
  }
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(numbers).size, 3);
});

test('observing: a slow observer has one notification under way, and then gets the newest state [COA-71]', async () => {
  const { world, peer, register, set, server } = await observed({ notifications: 'confirmable' });
  register(token);
  await world.run(50);
  peer.take();
  for (const text of ['1', '2', '3', '4', '5']) await set(text);
  const [first] = peer.take();
  assert.equal(first?.message.payload.toString(), '1');
  peer.send(ack(first.id), server.at);
  await world.run(50);
  assert.deepEqual(shown(peer), ['C 2.05 5']);
  assert.equal(server.metrics.coalesced.value(), 3);
});

test('observing: several changes of one moment are one notification [COA-71]', async () => {
  const { world, peer, register, server, state } = await observed();
  register(token);
  await world.run(50);
  peer.take();
  for (let text = 1; text <= 10; text++) {
    state.text = `${text}`;
    server.changed('thing');
    state.changed();
  }
  await world.run(50);
  assert.deepEqual(shown(peer), ['C 2.05 10']);
});

test('observing: an observer is gone when it resets a notification, deregisters, or does not acknowledge [COA-72]', async () => {
  const { world, peer, register, set, server, state } = await observed({ notifications: 'confirmable' });
  register(token);
  await world.run(50);
  await set('one');
  peer.send(rst(peer.take().at(-1)!.id), server.at);
  await world.run(50);
  assert.deepEqual([server.metrics.observers.value(), state.ended], [0, 1]);

  register(token);
  register(token, 1);
  await world.run(50);
  const [, last] = peer.take();
  assert.equal(readOptions.observe(last!.message), undefined);
  assert.deepEqual([server.metrics.observers.value(), state.begun, state.ended], [0, 2, 2]);

  register(token);
  await world.run(50);
  peer.take();
  await set('two', 100_000);
  assert.equal(shown(peer).length, 5);
  assert.deepEqual([server.metrics.observers.value(), state.ended], [0, 3]);
});

test('observing: a reset of a notification that was not confirmable ends it too [COA-72]', async () => {
  const { world, peer, register, set, server } = await observed();
  register(token);
  await world.run(50);
  await set('one');
  peer.send(ack(peer.take().at(-1)!.id), server.at);
  await set('two');
  const two = peer.take().at(-1)!;
  assert.equal(two.type, 1);
  peer.send(rst(two.id), server.at);
  await world.run(50);
  assert.equal(server.metrics.observers.value(), 0);
});

test('observing: an error is the last that observers hear [COA-72]', async () => {
  const { world, peer, register, set, server } = await observed();
  register(token);
  await world.run(50);
  peer.take();
  await set('');
  const [gone] = peer.take();
  assert.deepEqual([codeName(gone!.message.code), readOptions.observe(gone!.message)], ['4.04', undefined]);
  await set('back', 1_000);
  assert.deepEqual([shown(peer), server.metrics.observers.value()], [[], 0]);
});

test('observing: every so many notifications one is confirmable, and one an hour [COA-73]', async () => {
  const { world, peer, register, set, server } = await observed({}, { confirmEvery: 3 });
  register(token);
  await world.run(50);
  peer.take();
  const types: number[] = [];
  const step = async (): Promise<void> => {
    await set(`${types.length}`);
    const [one] = peer.take();
    types.push(one!.type);
    if (one!.type === 0) peer.send(ack(one!.id), server.at);
    await world.run(20);
  };
  for (let turn = 0; turn < 8; turn++) await step();
  assert.deepEqual(types, [0, 1, 1, 0, 1, 1, 0, 1]);
  await world.run(3_600_000);
  await step();
  assert.equal(types.at(-1), 0);
});

test('observing: beyond the bound a request is answered without an observation [COA-74]', async () => {
  const { world, peer, register, server } = await observed({}, { peerObserversMax: 2, observersMax: 3 });
  const other = await world.raw();
  for (const value of [1, 2, 3]) register(Buffer.of(value));
  for (const value of [4, 5]) register(Buffer.of(value), 0, other);
  register(Buffer.of(1));
  await world.run(50);
  const observing = (from: Raw) => from.take().map(({ message }) => readOptions.observe(message) !== undefined);
  assert.deepEqual(observing(peer), [true, true, false, true]);
  assert.deepEqual(observing(other), [true, false]);
  assert.equal(server.metrics.refused.value('observers'), 2);
  assert.equal(server.metrics.observers.value(), 3);
});

test('observing: what changes while the registration is answered comes after its answer [COA-78]', async () => {
  const world = simulated();
  let text = 'before';
  const slow: Resource = {
    path: 'thing',
    observable: true,
    async get() {
      const now = text;
      if (now === 'before') await world.clock.sleep(100 as never);
      return now;
    },
  };
  const server = await world.endpoint({ resources: [slow] });
  const peer = await world.raw();
  peer.send(con(1, { code: methods.GET, token, options: [observe(0), path('thing')] }), server.at);
  await world.run(50);
  text = 'after';
  server.changed('thing');
  await world.run(300);
  assert.deepEqual(shown(peer), ['A 2.05 before', 'C 2.05 after']);
});

/** Reads an observation as it comes. */
function follow(observation: Observation): { readonly texts: string[]; end: unknown } {
  const seen: { texts: string[]; end: unknown } = { texts: [], end: 'not yet' };
  (async () => {
    for await (const { payload } of observation) seen.texts.push(payload.toString());
    seen.end = undefined;
  })().catch((cause) => {
    seen.end = cause.code;
  });
  return seen;
}

test('observing: a client gets the states, and tells the server when it has enough [COA-76]', async () => {
  const { world, server, set, state } = await observed();
  const client = await world.endpoint();
  const observation = await world.until(client.observe(server.url('thing')));
  const seen = follow(observation);
  for (const text of ['one', 'two', 'three']) await set(text);
  assert.deepEqual(seen.texts, ['zero', 'one', 'two', 'three']);
  assert.equal(observation.latest.payload.toString(), 'three');
  await observation.cancel();
  await world.run(100);
  assert.deepEqual([server.metrics.observers.value(), state.ended, seen.end], [0, 1, undefined]);
  await set('four');
  assert.deepEqual(seen.texts.at(-1), 'three');
});

test('observing: a reader who is slow gets the newest state only [COA-76]', async () => {
  const { world, server, set } = await observed();
  const client = await world.endpoint();
  const observation = await world.until(client.observe(server.url('thing')));
  for (const text of ['one', 'two', 'three']) await set(text);
  const read: ClientResponse[] = [];
  for await (const state of observation) {
    read.push(state);
    break;
  }
  assert.deepEqual(
    read.map(({ payload }) => payload.toString()),
    ['three'],
  );
  await world.run(100);
  assert.equal(server.metrics.observers.value(), 0, 'leaving the loop cancels it');
});

test('observing: a large state is fetched whole for each notification [COA-76]', async () => {
  const { world, server, set } = await observed();
  const client = await world.endpoint();
  const seen = follow(await world.until(client.observe(server.url('thing'))));
  await set('x'.repeat(5_000), 500);
  await set('y'.repeat(3_000), 500);
  assert.deepEqual(seen.texts, ['zero', 'x'.repeat(5_000), 'y'.repeat(3_000)]);
});

test('observing: an older notification that comes late is not taken for the newest [COA-75]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  const asked = client.observe({ transport: 'udp', ...peer.at });
  await world.run(20);
  const { id, message: request } = peer.take()[0]!;
  const state = (number: number, text: string) => ({
    code: responses.content,
    token: request.token,
    options: [observe(number)],
    payload: Buffer.from(text),
  });
  peer.send(ack(id, state(10, 'a')), client.at);
  const seen = follow(await world.until(asked));
  for (const [number, text] of [
    [12, 'c'],
    [11, 'b'],
    [12, 'again'],
    [13, 'd'],
  ] as const) {
    peer.send(con(number, state(number, text)), client.at);
    await world.run(20);
  }
  assert.deepEqual(seen.texts, ['a', 'c', 'd']);
  await client.stop();
  await world.run(10);
  assert.equal(seen.end, 'COAP_STOPPED');
});

test('observing: what is not fresh any more is registered anew with the same token [COA-75]', async () => {
  const { world, server, set, state } = await observed({ get: () => ({ payload: 'x', maxAge: 30 }) });
  const client = await world.endpoint();
  const seen = follow(await world.until(client.observe(server.url('thing'))));
  await world.run(40_000);
  await world.run(60_000);
  assert.ok(state.begun >= 2 && state.begun <= 4, `registered ${state.begun} times in 100 s`);
  assert.equal(state.ended, state.begun - 1);
  assert.equal(server.metrics.observers.value(), 1);
  world.cut(true);
  await set('lost', 300_000);
  assert.equal(seen.end, 'COAP_TIMEOUT', 'a server that is gone is noticed when it does not answer');
});

test('observing: what cannot be observed is a fault, and an error ends it [COA-77]', async () => {
  const { world, server, set } = await observed();
  const client = await world.endpoint();
  await assert.rejects(world.until(client.observe(server.url('.well-known/core'))), { code: 'COAP_NOT_OBSERVABLE' });
  await assert.rejects(world.until(client.observe(server.url('nothing'))), { code: 'COAP_NOT_OBSERVABLE' });
  const observation = await world.until(client.observe(server.url('thing')));
  const seen = follow(observation);
  await set('');
  await world.run(100);
  assert.deepEqual([seen.texts, seen.end], [['zero', ''], 'COAP_NOT_OBSERVABLE']);
  assert.equal(codeName(observation.latest.code), '4.04');
});

test('observing: a state of another Content-Format than the first ends the observation with 4.06 [COA-72] [COA-79]', async () => {
  let contentFormat = 0;
  const { world, peer, state, register, set, server } = await observed({
    get: () => ({ payload: 'x', contentFormat }),
    notifications: 'confirmable',
  });
  register(token);
  await world.run(50);
  await set('one');
  const [first, second] = peer.take();
  assert.deepEqual(
    [first, second].map((one) => codeName(one!.message.code)),
    ['2.05', '2.05'],
  );
  peer.send(ack(second!.id), server.at);
  contentFormat = 50;
  await set('two');
  const [last] = peer.take();
  assert.deepEqual([codeName(last!.message.code), readOptions.observe(last!.message)], ['4.06', undefined]);
  assert.equal(state.ended, 1);
  contentFormat = 0;
  peer.send(ack(last!.id), server.at);
  await set('three');
  assert.deepEqual(peer.take(), []);
});
