import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededEntropy } from '@selvedge/kernel';
import fc from 'fast-check';
import {
  codeName,
  encodeDatagram,
  locate,
  type MessageType,
  readOptions,
  registry,
  udpDatagrams,
} from '../src/index.ts';
import { message, simulated } from './support/world.ts';

test('endpoint: one socket serves and requests [COA-96]', async () => {
  const world = simulated();
  const [one, other] = await Promise.all(
    ['one', 'other'].map((name) => world.endpoint({ resources: [{ path: 'name', get: () => name }] })),
  );
  const [first, second] = await world.until(
    Promise.all([one!.request(other!.url('name')), other!.request(one!.url('name'))]),
  );
  assert.deepEqual([first.payload.toString(), second.payload.toString()], ['other', 'one']);
  assert.deepEqual(new Set(world.sent.map(({ from }) => `${from.host}:${from.port}`)).size, 2);
});

test('endpoint: it starts once, stops once, and frees its port; what it asked for ends with a fault [COA-95]', async () => {
  const world = simulated();
  const one = await world.endpoint({ resources: [{ path: 'x', get: () => 'x', observable: true }] });
  const peer = await world.raw();
  const never = new AbortController().signal;
  await one.start(never);
  assert.equal(one.addresses.length, 1);
  const asked = [1, 2, 3].map(() => one.request({ transport: 'udp', ...peer.at }));
  const failed = Promise.all(asked.map((each) => assert.rejects(each, { code: 'COAP_STOPPED' })));
  await world.run(100);
  await one.stop();
  await one[Symbol.asyncDispose]();
  await failed;
  await assert.rejects(one.request(one.url('x')), { code: 'COAP_STOPPED' });
  await assert.rejects(one.start(never).then(() => one.request(one.url('x'))));
  const sent = world.sent.length;
  await world.run(1_000_000);
  assert.equal(world.sent.length, sent, 'nothing is sent after the stop');
  const socket = world.network.datagrams(one.at);
  const { host, port } = one.at;
  assert.deepEqual(await socket.start(() => undefined), { host, port });
});

test('endpoint: a signal ends a request, and nothing more is sent for it [COA-95]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  const giveUp = new AbortController();
  const asked = client.request({ transport: 'udp', ...peer.at }, { signal: giveUp.signal });
  const failed = assert.rejects(asked, /enough/);
  await world.run(100);
  giveUp.abort(new Error('enough'));
  await failed;
  await assert.rejects(client.request({ transport: 'udp', ...peer.at }, { signal: giveUp.signal }), /enough/);
  await world.run(60_000);
  assert.equal(peer.inbox.length, 1);
});

test('endpoint: a request without a place to go is a fault [COA-97]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  await assert.rejects(client.request('coap+tcp://10.0.0.9/'), { code: 'COAP_NO_TRANSPORT' });
  await assert.rejects(client.request('coap://10.0.0.9/', { path: ['x'.repeat(256)] }), {
    code: 'COAP_REQUEST_INVALID',
  });
  await assert.rejects(client.request('coap://10.0.0.9/', { block: { number: 0, size: 100 } }), {
    code: 'COAP_REQUEST_INVALID',
  });
});

test('endpoint: a URL is read as RFC 7252 says [COA-97]', () => {
  const read = (url: string) => {
    const { options, ...target } = locate(url);
    const host = readOptions.first({ options }, registry.uriHost.number)?.toString();
    return [
      target.transport,
      target.host,
      target.port,
      host,
      readOptions.uriPath({ options }),
      readOptions.uriQuery({ options }),
    ];
  };
  assert.deepEqual(read('coap://192.0.2.1'), ['udp', '192.0.2.1', 5_683, undefined, [], []]);
  assert.deepEqual(read('coap://[2001:db8::1]:61616//a?'), ['udp', '2001:db8::1', 61_616, undefined, ['', 'a'], []]);
  assert.deepEqual(read('coap+tcp://example.com/~sensors/temp%2F1.xml'), [
    'tcp',
    'example.com',
    5_683,
    'example.com',
    ['~sensors', 'temp/1.xml'],
    [],
  ]);
  assert.deepEqual(read('coaps+tcp://example.com/?a=%26&&b'), [
    'tls',
    'example.com',
    5_684,
    'example.com',
    [],
    ['a=&', '', 'b'],
  ]);
  for (const url of ['http://a/', 'coaps://a/', 'coap:///a', 'coap://a/#x', 'coap://u@a/', 'coap://a/%ff', 'nothing'])
    assert.throws(() => locate(url), { code: 'COAP_URL_INVALID' }, url);
});

test('endpoint: tokens are not to be guessed, and no two under way are the same [COA-21]', async () => {
  const world = simulated();
  const client = await world.endpoint({ limits: { nstart: 100 } });
  const peer = await world.raw();
  for (let index = 0; index < 50; index++) client.request({ transport: 'udp', ...peer.at }).catch(() => undefined);
  await world.run(10);
  const messages = peer.take();
  assert.equal(new Set(messages.map(({ message: one }) => one.token.toString('hex'))).size, 50);
  assert.equal(new Set(messages.map(({ id }) => id)).size, 50);
  assert.ok(messages.every(({ message: one }) => one.token.length === 8));
});

test('endpoint: no datagram makes it throw, whatever it says [COA-2]', async () => {
  const world = simulated();
  const server = await world.endpoint({
    resources: [
      { path: 'a', get: () => 'A', put: () => undefined, observable: true },
      { path: '**', get: () => 'x'.repeat(3_000), post: ({ payload }) => payload, fetch: () => 'F', observable: true },
    ],
    limits: { bodySizeMax: 2_000, peersMax: 20, duplicatesMax: 200, observersMax: 10 },
  });
  const peers = await Promise.all(Array.from({ length: 30 }, () => world.raw()));
  const known = Object.values(registry).map(({ number }) => number);
  const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((all) => Buffer.from(all));
  const option = fc.record(
    { number: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, fc.nat(65_535)), value: bytes(4) },
    { noNullPrototype: true },
  );
  const sensible = fc
    .record({
      type: fc.integer({ min: 0, max: 3 }) as fc.Arbitrary<MessageType>,
      id: fc.nat(50),
      code: fc.oneof(fc.nat(8), fc.nat(255)),
      token: bytes(2),
      options: fc.array(option, { maxLength: 6 }).map((list) => list.sort((a, b) => a.number - b.number)),
      payload: bytes(40),
    })
    .map(({ type, id, ...about }) => encodeDatagram(type, id, message(about)));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(29), fc.oneof(sensible, bytes(40))), { maxLength: 40 }), async (list) => {
      for (const [who, datagram] of list) peers[who]!.send(datagram, server.at);
      server.changed('a');
      await world.run(100);
    }),
    { seed: 7_252, numRuns: 150 },
  );
  assert.deepEqual(
    server.log.filter(({ level }) => level === 'error'),
    [],
  );
  const client = await world.endpoint();
  assert.equal(codeName((await world.until(client.request(server.url('a')))).code), '2.05', 'and it still serves');
  await server.stop();
});

test('endpoint: over a real socket of this machine it does the same [COA-96]', async () => {
  const { coapEndpoint } = await import('../src/index.ts');
  const { systemClock, systemRandom } = await import('@selvedge/kernel/system');
  const make = (seed: number) =>
    coapEndpoint(
      { resources: [{ path: 'hello', get: () => 'world' }] },
      {
        clock: systemClock,
        random: systemRandom,
        entropy: seededEntropy(seed),
        transports: [udpDatagrams({ host: '127.0.0.1' })],
      },
    );
  await using server = make(1);
  await using client = make(2);
  for (const one of [server, client]) await one.start(new AbortController().signal);
  const response = await client.request(`coap://localhost:${server.addresses[0]!.port}/hello`);
  assert.equal(response.payload.toString(), 'world');
});
