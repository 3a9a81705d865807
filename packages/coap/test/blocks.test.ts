import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ClientRequest,
  codeName,
  methods,
  type Option,
  type Resource,
  readOptions,
  registry,
  responses,
} from '../src/index.ts';
import { blockOption, decodeBlock } from '../src/options/block.ts';
import { ack, con, type Raw, simulated } from './support/world.ts';

const token = Buffer.of(1, 2, 3, 4);
const path = (text: string) => ({ number: registry.uriPath.number, value: Buffer.from(text) });
const block1 = (number: number, more: boolean, szx = 0) => blockOption(registry.block1.number, { number, more, szx });
const block2 = (number: number, szx = 0) => blockOption(registry.block2.number, { number, more: false, szx });
const text = (length: number): string =>
  Array.from({ length }, (_, index) => String.fromCharCode(97 + ((index * 7) % 26))).join('');

/** A store that keeps the bodies it was given, and a client. Amplification is another test's subject. */
async function served(limits: object = {}, more: readonly Resource[] = []) {
  const world = simulated();
  const bodies: string[] = [];
  const store: Resource = {
    path: 'store',
    put: ({ payload }) => void bodies.push(payload.toString()),
    post: ({ payload }) => payload.toString().toUpperCase(),
    get: () => text(3_000),
    bodySizeMax: 50_000,
  };
  const server = await world.endpoint({ resources: [store, ...more], limits: { amplification: 0, ...limits } });
  const client = await world.endpoint();
  const peer = await world.raw();
  let id = 0;
  const send = async (code: number, options: readonly Option[], payload = '', from: Raw = peer): Promise<string> => {
    from.send(con(++id, { code, token, options, payload: Buffer.from(payload) }), server.at);
    await world.run(20);
    const { message } = from.take().at(-1)!;
    const block = readOptions.first(message, registry.block1.number);
    const echoed = block && decodeBlock(block, false);
    return `${codeName(message.code)}${echoed?.ok ? ` ${echoed.value.number}/${echoed.value.more}/${echoed.value.szx}` : ''}`;
  };
  const put = (number: number, more: boolean, payload: string, extra: readonly Option[] = []) =>
    send(methods.PUT, [path('store'), block1(number, more), ...extra], payload);
  const ask = (to: string, about: ClientRequest = {}) => world.until(client.request(server.url(to), about));
  return { world, server, client, peer, bodies, send, put, ask };
}

test('blocks: a body in blocks is one request, each block but the last answered with 2.31 [COA-50]', async () => {
  const { put, bodies } = await served();
  assert.equal(await put(0, true, 'a'.repeat(16)), '2.31 0/true/0');
  assert.equal(await put(1, true, 'b'.repeat(16)), '2.31 1/true/0');
  assert.deepEqual(bodies, []);
  assert.equal(await put(2, false, 'c'), '2.04 2/false/0');
  assert.deepEqual(bodies, [`${'a'.repeat(16)}${'b'.repeat(16)}c`]);
});

test('blocks: one that does not follow is 4.08, one of a wrong size 4.00, and a copy is no harm [COA-51]', async () => {
  const { put, send, bodies } = await served();
  const full = 'a'.repeat(16);
  assert.equal(await put(1, true, full), '4.08');
  assert.equal(await put(0, true, full), '2.31 0/true/0');
  assert.equal(await put(2, true, full), '4.08');
  assert.equal(await put(1, true, full), '2.31 1/true/0');
  assert.equal(await put(1, true, full), '2.31 1/true/0');
  assert.equal(await put(2, true, 'short'), '4.00');
  assert.equal(await put(2, false, 'a'.repeat(17)), '4.00');
  assert.equal(await put(2, false, ''), '2.04 2/false/0');
  assert.deepEqual(bodies, [full + full]);
  assert.equal(await send(methods.PUT, [path('store'), block1(0, false, 7)], 'x'), '4.00', 'size 7 is for connections');
  assert.equal(await send(methods.PUT, [path('nowhere'), block1(0, true)], full), '4.04', 'refused at the first block');
});

test('blocks: a body beyond the bound is 4.13 with the bound, when it is announced or when it comes [COA-51]', async () => {
  const { world, send, peer, bodies, server } = await served();
  const size = { number: registry.size1.number, value: Buffer.of(0xff, 0xff, 0xff) };
  peer.send(
    con(900, { code: methods.PUT, token, options: [path('store'), block1(0, true), size], payload: Buffer.alloc(16) }),
    server.at,
  );
  await world.run(20);
  const [refused] = peer.take();
  assert.equal(codeName(refused!.message.code), '4.13');
  assert.equal(readOptions.size1(refused!.message), 50_000);
  for (let number = 0; number < 48; number++)
    assert.match(await send(methods.PUT, [path('store'), block1(number, true, 6)], 'x'.repeat(1_024)), /^2.31/);
  assert.match(await send(methods.PUT, [path('store'), block1(48, true, 6)], 'x'.repeat(1_024)), /^4.13/);
  assert.match(await send(methods.PUT, [path('store'), block1(48, false, 6)], 'x'), /^4.08/);
  assert.deepEqual(bodies, []);
});

test('blocks: bodies that wait are bounded in number, in bytes and in time [COA-52]', async () => {
  const { world, server, send, put } = await served({ assembliesMax: 2, assembliesBytesMax: 3_000 });
  const begin = (query: string, payload: string, szx: number) =>
    send(
      methods.PUT,
      [path('store'), { number: registry.uriQuery.number, value: Buffer.from(query) }, block1(0, true, szx)],
      payload,
    );
  const goOn = (query: string, payload: string, szx: number) =>
    send(
      methods.PUT,
      [path('store'), { number: registry.uriQuery.number, value: Buffer.from(query) }, block1(1, false, szx)],
      payload,
    );
  for (const query of ['a', 'b', 'c']) await begin(query, 'x'.repeat(16), 0);
  assert.equal(server.metrics.forgotten.value('assemblies'), 1);
  assert.match(await goOn('a', 'x', 0), /^4.08/);
  assert.match(await goOn('b', 'x', 0), /^2.04/);
  for (const query of ['d', 'e']) await begin(query, 'x'.repeat(1_024), 6);
  for (const query of ['d', 'e']) assert.match(await goOn(query, 'x', 6), /^2.04/);
  await put(0, true, 'x'.repeat(16));
  await world.run(61_000);
  assert.match(await put(1, false, 'x'), /^4.08/);
});

test('blocks: bodies of the same resource are kept apart by Request-Tag and by peer [COA-58]', async () => {
  const { world, put, bodies, send } = await served();
  const tag = (value: number) => [{ number: registry.requestTag.number, value: Buffer.of(value) }];
  const other = await world.raw();
  await put(0, true, 'a'.repeat(16), tag(1));
  await put(0, true, 'b'.repeat(16), tag(2));
  await send(methods.PUT, [path('store'), block1(0, true)], 'c'.repeat(16), other);
  await put(0, true, 'd'.repeat(16));
  await put(1, false, 'A', tag(1));
  await put(1, false, 'B', tag(2));
  await send(methods.PUT, [path('store'), block1(1, false)], 'C', other);
  await put(1, false, 'D');
  assert.deepEqual(bodies, [`${'a'.repeat(16)}A`, `${'b'.repeat(16)}B`, `${'c'.repeat(16)}C`, `${'d'.repeat(16)}D`]);
});

test('blocks: a large response comes from one content, whatever becomes of the resource meanwhile [COA-53]', async () => {
  let version = 1;
  const { world, peer, server } = await served({}, [{ path: 'v', get: () => `${version}`.repeat(100) }]);
  const fetch = async (number: number, szx: number) => {
    peer.send(con(500 + number, { code: methods.GET, token, options: [path('v'), block2(number, szx)] }), server.at);
    await world.run(20);
    return peer.take().at(-1)!.message;
  };
  const first = await fetch(0, 1);
  assert.equal(first.payload.toString(), '1'.repeat(32));
  assert.equal(readOptions.size2(first), 100);
  version = 2;
  const second = await fetch(1, 1);
  assert.equal(second.payload.toString(), '1'.repeat(32));
  assert.deepEqual(readOptions.etag(second), readOptions.etag(first));
  assert.equal((await fetch(3, 1)).payload.toString(), '1111', 'blocks may be fetched in any order');
  await world.run(61_000);
  const late = await fetch(2, 1);
  assert.equal(late.payload.toString(), '2'.repeat(32), 'what is not kept any more is made anew, with another ETag');
  assert.notDeepEqual(readOptions.etag(late), readOptions.etag(first));
  assert.equal(codeName((await fetch(4, 1)).code), '4.00', 'there is no byte 128');
});

test('blocks: the response to a request that is not safe is not made twice [COA-53]', async () => {
  let executed = 0;
  const { world, ask, send } = await served({}, [{ path: 'p', post: () => `${++executed}`.repeat(5_000) }]);
  assert.equal((await ask('p', { method: 'POST' })).payload.toString(), '1'.repeat(5_000));
  assert.equal(executed, 1);
  await world.run(61_000);
  assert.equal(await send(methods.POST, [path('p'), block2(1, 6)]), '4.08');
  assert.equal(executed, 1);
});

test('blocks: responses that are kept are bounded [COA-54]', async () => {
  const { ask, server } = await served({ snapshotsMax: 2 }, [
    { path: 'q', get: ({ query }) => query[0]!.repeat(2_000) },
  ]);
  for (const query of ['a', 'b', 'c']) await ask(`q?${query}`, { block: { number: 0, size: 512 } });
  assert.equal(server.metrics.forgotten.value('snapshots'), 1);
});

test('blocks: bodies of any size go and come whole, also in the smallest blocks [COA-55]', async () => {
  const { ask, world, client, server } = await served();
  await fc.assert(
    fc.asyncProperty(fc.nat(4_000), fc.constantFrom(16, 100, 1_024, undefined), async (size, blockSize) => {
      const payload = text(size);
      const about = blockSize === undefined ? {} : { blockSize };
      const response = await ask('store', { method: 'POST', payload, ...about });
      assert.equal(response.payload.toString(), payload.toUpperCase());
    }),
    { seed: 7_959, numRuns: 25 },
  );
  const block = await ask('store', { block: { number: 3, size: 512 } });
  assert.equal(block.payload.toString(), text(3_000).slice(1_536, 2_048));
  const several = [1, 2, 3].map((number) =>
    client.request(server.url('store'), { method: 'POST', payload: `${number}`.repeat(3_000) }),
  );
  const whole = await world.until(Promise.all(several));
  assert.deepEqual(
    whole.map(({ payload }) => payload.toString()),
    [1, 2, 3].map((number) => `${number}`.repeat(3_000)),
  );
});

test('blocks: a resource that changes meanwhile is fetched anew, once; then it is a fault [COA-55]', async () => {
  let turn = 0;
  let changes = 1;
  const fickle: Resource = {
    path: 'fickle',
    get: () => {
      turn += 1;
      return { payload: text(3_000), etag: Buffer.of(Math.min(turn, changes)) };
    },
  };
  // Nothing is kept, so that each block is made anew.
  const { ask } = await served({ snapshotsBytesMax: 0 }, [fickle]);
  changes = 2;
  assert.equal((await ask('fickle')).payload.length, 3_000);
  turn = 0;
  changes = 1_000;
  await assert.rejects(ask('fickle'), { code: 'COAP_CHANGED' });
});

test('blocks: a response beyond the client’s bound is a fault [COA-55]', async () => {
  const { world, server } = await served();
  const small = await world.endpoint({ limits: { bodySizeMax: 2_000 } });
  await assert.rejects(world.until(small.request(server.url('store'))), { code: 'COAP_RESPONSE_TOO_LARGE' });
});

test('blocks: the client goes on in the smaller blocks that a server asks for [COA-56]', async () => {
  const { ask, bodies } = await served({ blockSizeMax: 64 });
  const payload = text(2_000);
  assert.equal(codeName((await ask('store', { method: 'PUT', payload })).code), '2.04');
  assert.deepEqual(bodies, [payload]);
  assert.equal((await ask('store')).payload.toString(), text(3_000));
});

test('blocks: a server that takes no whole body is given it in blocks of the size it names [COA-56]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  const asked = client.request({ transport: 'udp', ...peer.at }, { method: 'PUT', payload: text(100) });
  await world.run(20);
  const [whole] = peer.take();
  assert.equal(whole!.message.payload.length, 100);
  const answer = (id: number, code: number, options: readonly Option[], to: Buffer) =>
    peer.send(ack(id, { code, token: to, options }), client.at);
  answer(whole!.id, responses.requestEntityTooLarge, [block1(0, false, 2)], whole!.message.token);
  await world.run(20);
  const [first] = peer.take();
  assert.equal(first!.message.payload.length, 64);
  assert.equal(readOptions.size1(first!.message), 100);
  answer(first!.id, responses.continue, [block1(0, true, 1)], first!.message.token);
  await world.run(20);
  const [second] = peer.take();
  assert.deepEqual(readOptions.first(second!.message, registry.block1.number), block1(2, true, 1).value);
  assert.equal(second!.message.payload.length, 32);
  answer(second!.id, responses.changed, [], second!.message.token);
  assert.equal(codeName((await world.until(asked)).code), '2.04');
});
