import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { codeName, methods, type Resource, registry, responses } from '../src/index.ts';
import { ack, con, message, non, rst, simulated } from './support/world.ts';

const token = Buffer.of(1, 2, 3, 4);
const path = (text: string) => ({ number: registry.uriPath.number, value: Buffer.from(text) });
const get = (text: string) => ({ code: methods.GET, token, options: [path(text)] });

/** Counts how often it is executed. */
function counter(): Resource & { readonly count: () => number } {
  let executed = 0;
  return { path: 'counter', post: () => `${++executed}`, count: () => executed };
}

test('messages: a ping is answered with a reset [COA-10]', async () => {
  const world = simulated();
  const server = await world.endpoint();
  const peer = await world.raw();
  peer.send(con(77, { code: 0 }), server.at);
  await world.run(100);
  assert.deepEqual(peer.inbox, [rst(77)]);
});

test('messages: other versions and crumbs are ignored in silence [COA-11]', async () => {
  const world = simulated();
  const server = await world.endpoint();
  const peer = await world.raw();
  for (const hex of ['', '40', '400100', '00010001', '80010001', 'c0010001'])
    peer.send(Buffer.from(hex, 'hex'), server.at);
  await world.run(100);
  assert.deepEqual(peer.inbox, []);
  assert.equal(server.metrics.malformed.value('version'), 6);
});

test('messages: a format error is answered with a reset where it is confirmable, else ignored [COA-12]', async () => {
  const world = simulated();
  const server = await world.endpoint();
  const peer = await world.raw();
  for (let length = 9; length <= 15; length++) {
    for (const type of [0x40, 0x50, 0x60, 0x70]) {
      peer.send(Buffer.concat([Buffer.of(type | length, 1, length, type), Buffer.alloc(length)]), server.at);
    }
  }
  await world.run(100);
  assert.deepEqual(
    peer.inbox,
    [9, 10, 11, 12, 13, 14, 15].map((length) => rst((length << 8) | 0x40)),
  );
  peer.inbox.length = 0;
  for (const hex of [
    '40200001',
    '40c00002',
    '40010003ff',
    '4001000410f0',
    '50200001',
    '5000000a',
    '6001000b',
    '7001000c',
  ])
    peer.send(Buffer.from(hex, 'hex'), server.at);
  await world.run(100);
  assert.deepEqual(peer.inbox, [rst(1), rst(2), rst(3), rst(4)]);
});

test('messages: a request that comes again is executed once and answered the same [COA-14]', async () => {
  const world = simulated();
  const resource = counter();
  const server = await world.endpoint({ resources: [resource] });
  const peer = await world.raw();
  const request = con(9, { ...get('counter'), code: methods.POST });
  for (let copy = 0; copy < 4; copy++) {
    peer.send(request, server.at);
    await world.run(5_000);
  }
  assert.equal(resource.count(), 1);
  assert.equal(peer.inbox.length, 4);
  assert.ok(peer.inbox.every((bytes) => bytes.equals(peer.inbox[0]!)));
  assert.equal(server.metrics.duplicates.value(), 3);
  await world.run(247_000);
  peer.send(request, server.at);
  await world.run(100);
  assert.equal(resource.count(), 2, 'after EXCHANGE_LIFETIME it is another one');
});

test('messages: a non-confirmable request that comes again is executed once [COA-14]', async () => {
  const world = simulated();
  const resource = counter();
  const server = await world.endpoint({ resources: [resource] });
  const peer = await world.raw();
  for (let copy = 0; copy < 3; copy++) peer.send(non(9, { ...get('counter'), code: methods.POST }), server.at);
  await world.run(100);
  assert.equal(resource.count(), 1);
  assert.deepEqual(
    peer.take().map(({ type, message }) => [type, codeName(message.code)]),
    [[1, '2.04']],
  );
});

test('messages: an id used again with another token is another request [COA-15]', async () => {
  const world = simulated();
  const resource = counter();
  const server = await world.endpoint({ resources: [resource] });
  const peer = await world.raw();
  peer.send(con(9, { ...get('counter'), code: methods.POST }), server.at);
  await world.run(50);
  peer.send(con(9, { ...get('counter'), code: methods.POST, token: Buffer.of(9) }), server.at);
  await world.run(50);
  assert.equal(resource.count(), 2);
  assert.deepEqual(
    peer.take().map(({ message }) => `${message.token.toString('hex')} ${message.payload}`),
    ['01020304 1', '09 2'],
  );
});

test('messages: of more messages than are remembered the oldest is forgotten, and counted [COA-16]', async () => {
  const world = simulated();
  const resource = counter();
  const server = await world.endpoint({ resources: [resource], limits: { duplicatesMax: 3, amplification: 0 } });
  const peer = await world.raw();
  const send = async (id: number): Promise<void> => {
    peer.send(con(id, { ...get('counter'), code: methods.POST }), server.at);
    await world.run(50);
  };
  for (const id of [1, 2, 3, 4]) await send(id);
  assert.equal(server.metrics.forgotten.value('duplicates'), 1);
  for (const id of [2, 3, 4]) await send(id);
  assert.equal(resource.count(), 4);
  await send(1);
  assert.equal(resource.count(), 5);
});

test('messages: a slow answer is announced by an empty acknowledgement and comes in a message of its own [COA-17]', async () => {
  const world = simulated();
  const slow: Resource = {
    path: 'slow',
    get: async () => {
      await world.clock.sleep(3_000 as never);
      return 'at last';
    },
  };
  const server = await world.endpoint({ resources: [slow] });
  const peer = await world.raw();
  peer.send(con(5, get('slow')), server.at);
  await world.run(600);
  assert.deepEqual(
    peer.take().map(({ type, id, message }) => [type, id, message.code]),
    [[2, 5, 0]],
  );
  peer.send(con(5, get('slow')), server.at);
  await world.run(100);
  assert.deepEqual(
    peer.take().map(({ type, id }) => [type, id]),
    [[2, 5]],
    'a copy is acknowledged again',
  );
  await world.run(2_500);
  const [response] = peer.take();
  assert.equal(response?.type, 0);
  assert.equal(response.message.payload.toString(), 'at last');
  assert.deepEqual(response.message.token, token);
  await world.run(3_100);
  assert.deepEqual(
    peer.take().map(({ id }) => id),
    [response.id],
    'it is sent again until it is acknowledged',
  );
  peer.send(ack(response.id), server.at);
  await world.run(60_000);
  assert.equal(peer.inbox.length, 4);
});

test('messages: a confirmable message is sent again at growing intervals, then given up [COA-13]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  const asked = client.request({ transport: 'udp', ...peer.at });
  await assert.rejects(world.until(asked), (cause) => isFault(cause, 'COAP_TIMEOUT'));
  const times = world.sent.map(({ at }) => at);
  assert.equal(times.length, 5);
  const waits = times.slice(1).map((at, index) => at - times[index]!);
  assert.ok(waits[0]! >= 2_000 && waits[0]! <= 3_000, `${waits[0]}`);
  for (let index = 1; index < waits.length; index++) assert.ok(Math.abs(waits[index]! / waits[index - 1]! - 2) < 1e-6);
  assert.ok(peer.inbox.every((bytes) => bytes.equals(peer.inbox[0]!)));
  assert.equal(client.metrics.retransmissions.value(), 4);
  assert.equal(client.metrics.unanswered.value(), 1);
});

test('messages: a reset ends the request with a fault [COA-13]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  const asked = client.request({ transport: 'udp', ...peer.at });
  await world.run(10);
  peer.send(rst(peer.take()[0]!.id), client.at);
  await assert.rejects(world.until(asked), (cause) => isFault(cause, 'COAP_RESET'));
});

test('messages: one request at a time goes to a peer, the rest waits, and beyond the queue it is refused [COA-18]', async () => {
  const world = simulated();
  const client = await world.endpoint({ limits: { queuedMax: 2 } });
  const peer = await world.raw();
  const asked = [1, 2, 3, 4].map(() => client.request({ transport: 'udp', ...peer.at }).catch((cause) => cause.code));
  await world.run(100);
  assert.equal(peer.inbox.length, 1);
  assert.equal(await asked[3], 'COAP_BUSY');
  for (let turn = 1; turn <= 3; turn++) {
    const [request] = peer.take();
    peer.send(ack(request!.id, { code: responses.content, token: request!.message.token }), client.at);
    await world.run(100);
    assert.equal(peer.inbox.length, Math.min(turn + 1, 3));
  }
  assert.equal(client.metrics.refused.value('queue'), 1);
});

test('messages: a response that nobody waits for is rejected, a copy of one that was taken acknowledged again [COA-19]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  peer.send(con(40, { code: responses.content, token }), client.at);
  peer.send(non(41, { code: responses.content, token }), client.at);
  await world.run(100);
  assert.deepEqual(peer.inbox.splice(0), [rst(40), rst(41)]);

  const asked = client.request({ transport: 'udp', ...peer.at });
  await world.run(100);
  const request = world.sent.at(-1)!.bytes;
  const answer = con(42, { code: responses.content, token: request.subarray(4, 12), payload: Buffer.from('yes') });
  for (let copy = 0; copy < 3; copy++) peer.send(answer, client.at);
  assert.equal((await world.until(asked)).payload.toString(), 'yes');
  await world.run(100);
  assert.deepEqual(peer.inbox.slice(1), [ack(42), ack(42), ack(42)]);
});

test('messages: what does not belong to the request leaves it waiting [COA-20]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  const asked = client.request({ transport: 'udp', ...peer.at });
  await world.run(10);
  const { id, message: request } = peer.take()[0]!;
  const stranger = await world.raw();
  const answer = { code: responses.content, token: request.token };
  peer.send(ack(id, { ...answer, token: Buffer.of(7) }), client.at);
  peer.send(ack(id, { ...message({ code: methods.GET }), token: request.token }), client.at);
  peer.send(ack((id + 1) & 0xffff, answer), client.at);
  peer.send(Buffer.concat([rst(id), Buffer.of(0xff, 1)]), client.at);
  stranger.send(ack(id, answer), client.at);
  stranger.send(non(id, answer), client.at);
  await world.run(1_000);
  assert.deepEqual(stranger.inbox, [rst(id)]);
  peer.send(ack(id, { ...answer, payload: Buffer.from('this') }), client.at);
  assert.equal((await world.until(asked)).payload.toString(), 'this');
});

test('messages: an acknowledged request waits for its response, and that one needs no acknowledgement before it [COA-20]', async () => {
  const world = simulated();
  const client = await world.endpoint();
  const peer = await world.raw();
  const asked = client.request({ transport: 'udp', ...peer.at });
  await world.run(10);
  const { message: request } = peer.take()[0]!;
  peer.send(con(1, { code: responses.content, token: request.token }), client.at);
  assert.equal((await world.until(asked)).code, responses.content);
  await world.run(60_000);
  assert.deepEqual(peer.inbox.slice(1), [ack(1)], 'the request is not sent again');
});
