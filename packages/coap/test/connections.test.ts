import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { signals } from '../src/codes.ts';
import {
  codeName,
  encodeFrame,
  frames,
  type Message,
  methods,
  type Resource,
  readOptions,
  registry,
  responses,
  type Streams,
} from '../src/index.ts';
import { message, simulated } from './support/world.ts';

const at = { host: '10.1.1.1', port: 5_683 };
const token = Buffer.of(1, 2, 3);
const path = (text: string) => ({ number: registry.uriPath.number, value: Buffer.from(text) });
const csm = message({ code: signals.csm });

/** A server that takes connections, and connections in the test's hand. */
async function served(resources: readonly Resource[] = [], limits: object = {}) {
  const world = simulated();
  let accept: Parameters<Streams['start']>[0] = () => undefined;
  const streams: Streams = {
    transport: 'tcp',
    start: (listener) => {
      accept = listener;
      return Promise.resolve(at);
    },
    connect: () => Promise.reject(new Error('not here')),
    stop: () => Promise.resolve(),
  };
  const server = await world.endpoint({ resources, limits }, { streams });
  const dial = (about: { readonly frozen?: boolean } = {}) => {
    const [near, far] = duplexPair();
    const heard: Message[] = [];
    const input = frames(() => 1e7);
    let ended = false;
    if (!about.frozen) near.on('data', (bytes: Buffer) => input.push(bytes, (one) => heard.push(one)));
    near.on('end', () => (ended = true)).on('close', () => (ended = true));
    accept({ stream: far, about: { host: '10.2.2.2', port: 1_000, certificate: undefined } });
    return {
      heard,
      isEnded: () => ended,
      send: (...all: readonly Message[]) => near.write(Buffer.concat(all.map(encodeFrame))),
      write: (bytes: Buffer) => near.write(bytes),
      end: () => near.destroy(),
    };
  };
  return { world, server, dial };
}

const codesOf = (heard: readonly Message[]): readonly string[] => heard.map(({ code }) => codeName(code));

test('connections: each side begins with its settings, and then requests are answered [COA-80]', async () => {
  const { world, dial } = await served([{ path: 'a', get: ({ peer }) => `${peer.transport} ${peer.host}` }]);
  const peer = dial();
  await world.run(10);
  assert.deepEqual(peer.heard, [
    { code: signals.csm, token: Buffer.alloc(0), payload: Buffer.alloc(0), options: peer.heard[0]!.options },
  ]);
  assert.deepEqual(
    peer.heard[0]!.options.map(({ number }) => number),
    [2, 4],
  );
  const get = message({ code: methods.GET, token, options: [path('a')] });
  peer.send(csm, message({ code: 0 }), get, { ...get, token: Buffer.of(9) });
  await world.run(10);
  assert.deepEqual(
    peer.heard.slice(1).map((one) => `${codeName(one.code)} ${one.token.toString('hex')} ${one.payload}`),
    ['2.05 010203 tcp 10.2.2.2', '2.05 09 tcp 10.2.2.2'],
  );
});

test('connections: whoever begins otherwise, or not at all, is aborted [COA-80]', async () => {
  const { world, server, dial } = await served();
  const rude = dial();
  rude.send(message({ code: methods.GET, token }));
  const silent = dial();
  await world.run(100);
  assert.deepEqual([codesOf(rude.heard), rude.isEnded()], [['7.01', '7.05'], true]);
  assert.match(rude.heard[1]!.payload.toString(), /CSM/);
  assert.equal(silent.isEnded(), false);
  await world.run(6_000);
  assert.deepEqual([codesOf(silent.heard), silent.isEnded()], [['7.01', '7.05'], true]);
  assert.equal(server.metrics.malformed.value('no-settings'), 2);
});

test('connections: a stranger’s messages are small, and large ones may follow its settings at once [COA-80]', async () => {
  const { world, dial } = await served([{ path: 'a', put: ({ payload }) => `${payload.length}` }]);
  const large = message({ code: methods.PUT, token, options: [path('a')], payload: Buffer.alloc(20_000) });
  const [rude, polite] = [dial(), dial()];
  rude.send(large);
  polite.send(csm, large);
  await world.run(100);
  assert.deepEqual(codesOf(rude.heard), ['7.01', '7.05']);
  assert.match(rude.heard[1]!.payload.toString(), /beyond 1152/);
  assert.equal(polite.heard[1]!.payload.toString(), '20000');
});

test('connections: what is no message aborts the connection, after the messages before it [COA-80]', async () => {
  const { world, dial } = await served([{ path: 'a', get: () => 'A' }]);
  for (const junk of ['0901', '1001ff', '0020', 'f0ffffffff']) {
    const peer = dial();
    peer.send(csm, message({ code: signals.ping, token }));
    peer.write(Buffer.from(junk, 'hex'));
    await world.run(100);
    assert.deepEqual([codesOf(peer.heard), peer.isEnded()], [['7.01', '7.03', '7.05'], true], junk);
  }
});

test('connections: a ping is answered with its token, and its custody [COA-81]', async () => {
  const { world, dial } = await served();
  const peer = dial();
  peer.send(csm, message({ code: signals.ping, token }));
  peer.send(message({ code: signals.ping, options: [{ number: 2, value: Buffer.alloc(0) }] }));
  await world.run(10);
  assert.deepEqual(
    peer.heard.slice(1).map(({ code, options, token: of }) => [codeName(code), of.length, options.length]),
    [
      ['7.03', 3, 0],
      ['7.03', 0, 1],
    ],
  );
});

test('connections: after a release what is under way is answered, then the connection ends [COA-82]', async () => {
  const world = await served([
    {
      path: 'slow',
      get: async () => {
        await world.world.clock.sleep(2_000 as never);
        return 'done';
      },
    },
  ]);
  const [busy, idle] = [world.dial(), world.dial()];
  busy.send(csm, message({ code: methods.GET, token, options: [path('slow')] }), message({ code: signals.release }));
  idle.send(csm, message({ code: signals.release }));
  await world.world.run(100);
  assert.deepEqual([busy.isEnded(), idle.isEnded()], [false, true]);
  await world.world.run(3_000);
  assert.deepEqual([codesOf(busy.heard), busy.isEnded()], [['7.01', '2.05'], true]);
});

test('connections: a signal with an unknown critical option aborts, an elective one is ignored [COA-83]', async () => {
  const { world, dial } = await served();
  const peer = dial();
  peer.send({ ...csm, options: [{ number: 1_000, value: Buffer.of(1) }] });
  await world.run(10);
  assert.deepEqual(codesOf(peer.heard), ['7.01']);
  peer.send({ ...csm, options: [{ number: 1_001, value: Buffer.of(1) }] });
  await world.run(10);
  const abort = peer.heard[1]!;
  assert.equal(codeName(abort.code), '7.05');
  assert.deepEqual(abort.options, [{ number: 2, value: Buffer.of(0x03, 0xe9) }]);
});

test('connections: their number is bounded, and so is what a peer does not read [COA-84]', async () => {
  const large: Resource = { path: 'large', get: () => 'x'.repeat(60_000) };
  const { world, server, dial } = await served([large], { connectionsMax: 2, outgoingMax: 200_000 });
  const frozen = dial({ frozen: true });
  const other = dial();
  const third = dial();
  await world.run(10);
  assert.deepEqual([third.isEnded(), server.metrics.refused.value('connections')], [true, 1]);
  const settings = { ...csm, options: [{ number: 2, value: Buffer.of(0x10, 0, 0) }] };
  const get = message({ code: methods.GET, token, options: [path('large')] });
  frozen.send(settings, ...Array.from({ length: 10 }, () => get));
  other.send(settings, get);
  await world.run(100);
  assert.deepEqual([server.metrics.refused.value('slow'), server.metrics.connections.value('tcp')], [1, 1]);
  assert.equal(other.heard.at(-1)!.payload.length, 60_000, 'the others notice nothing');
});

test('connections: a silent one is asked, and ended where no answer comes [COA-84]', async () => {
  const { world, server, dial } = await served();
  const [alive, dead] = [dial(), dial()];
  alive.send(csm);
  dead.send(csm);
  for (let minute = 0; minute < 12; minute++) {
    await world.run(60_000);
    if (alive.heard.at(-1)?.code === signals.ping) alive.send(message({ code: signals.pong }));
    await world.run(100);
  }
  assert.deepEqual([alive.isEnded(), dead.isEnded()], [false, true]);
  assert.equal(server.metrics.connections.value('tcp'), 1);
});

test('connections: a response is cut to the size that the peer takes, and goes in large blocks where it may [COA-57]', async () => {
  const { world, dial } = await served([{ path: 'large', get: () => 'x'.repeat(10_000) }]);
  const settings = (size: number, blockwise: boolean) => ({
    ...csm,
    options: [
      { number: 2, value: Buffer.of(size >> 8, size & 0xff) },
      ...(blockwise ? [{ number: 4, value: Buffer.alloc(0) }] : []),
    ],
  });
  for (const [size, blockwise, expected] of [
    [1_152, true, 1_024],
    [500, true, 256],
    [5_000, true, 4_096],
    [5_000, false, 1_024],
  ] as const) {
    const peer = dial();
    peer.send(settings(size, blockwise), message({ code: methods.GET, token, options: [path('large')] }));
    await world.run(10);
    assert.equal(peer.heard[1]!.payload.length, expected, `${size} ${blockwise}`);
    assert.ok(encodeFrame(peer.heard[1]!).length <= size);
  }
});

test('connections: an observation ends with its connection [COA-72]', async () => {
  const { world, server, dial } = await served([{ path: 'o', get: () => 'O', observable: true }]);
  const peer = dial();
  const observe = { number: registry.observe.number, value: Buffer.alloc(0) };
  peer.send(csm, message({ code: methods.GET, token, options: [observe, path('o')] }));
  await world.run(10);
  server.changed('o');
  await world.run(10);
  assert.equal(peer.heard.length, 3);
  assert.notEqual(readOptions.observe(peer.heard[2]!), undefined);
  peer.end();
  await world.run(10);
  assert.equal(server.metrics.observers.value(), 0);
});

/** A server and a client of this library, joined by a memory network. */
async function joined(resources: readonly Resource[], limits: object = {}) {
  const world = simulated();
  const server = await world.endpoint({ resources, limits }, { streams: world.network.streams({ listen: at }) });
  const client = await world.endpoint({ limits }, { streams: world.network.streams() });
  const url = (to: string): string => `coap+tcp://${at.host}/${to}`;
  return { world, server, client, url };
}

test('connections: requests share one, and bodies go both ways in large blocks [COA-85]', async () => {
  const bodies: number[] = [];
  const { world, server, client, url } = await joined(
    [{ path: 's', get: () => 'y'.repeat(300_000), put: ({ payload }) => void bodies.push(payload.length) }],
    { messageSizeMax: 20_000 },
  );
  const all = [1, 2, 3].map((size) => client.request(url('s'), { method: 'PUT', payload: 'x'.repeat(size * 50_000) }));
  await world.until(Promise.all(all));
  assert.deepEqual(
    bodies.sort((a, b) => a - b),
    [50_000, 100_000, 150_000],
  );
  assert.equal((await world.until(client.request(url('s')))).payload.length, 300_000);
  assert.equal(server.metrics.connections.value('tcp'), 1);
  assert.ok(server.metrics.requests.value('PUT', '2.31') < 20, 'several blocks of 1024 in one message');
});

test('connections: what ends takes its requests with it, and the next request makes a new one [COA-85]', async () => {
  const { world, server, client, url } = await joined([
    { path: 'never', get: () => new Promise(() => undefined) },
    { path: 'now', get: () => 'now' },
  ]);
  const asked = client.request(url('never'));
  const failed = assert.rejects(asked, { code: 'COAP_CLOSED' });
  await world.run(100);
  await server.stop();
  await world.run(100);
  await failed;
  await assert.rejects(world.until(client.request(url('now'))), { code: 'COAP_UNREACHABLE' });
  const again = await world.endpoint(
    { resources: [{ path: 'now', get: () => 'again' }] },
    { streams: world.network.streams({ listen: at }) },
  );
  assert.equal((await world.until(client.request(url('now')))).payload.toString(), 'again');
  assert.equal(codeName(responses.content), '2.05');
  await again.stop();
});
