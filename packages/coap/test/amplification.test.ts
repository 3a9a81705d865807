import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeName, methods, type Resource, readOptions, registry, responses } from '../src/index.ts';
import { ack, con, non, type Raw, simulated } from './support/world.ts';

const token = Buffer.of(1, 2, 3, 4);
const path = (text: string) => ({ number: registry.uriPath.number, value: Buffer.from(text) });
const big: Resource = { path: 'big', get: () => 'x'.repeat(10_000), observable: true, notifications: 'confirmable' };

const bytesOf = (peer: Raw): number => peer.inbox.reduce((sum, bytes) => sum + bytes.length, 0);

test('amplification: whoever is not proven gets at most the first bytes and three for each it sent [COA-22]', async () => {
  const world = simulated();
  const server = await world.endpoint({ resources: [big] });
  const peer = await world.raw();
  let received = 0;
  for (let id = 0; id < 200; id++) {
    const request = (id % 2 ? con : non)(id, { code: methods.GET, token, options: [path('big')] });
    received += request.length;
    peer.send(request, server.at);
    // A copy is answered from memory, and counts as well.
    if (id % 3 === 0) {
      received += request.length;
      peer.send(request, server.at);
    }
    await world.run(20);
    assert.ok(bytesOf(peer) <= 136 + 3 * received, `${bytesOf(peer)} for ${received}`);
  }
  const blocks = peer.take().filter(({ message }) => message.code === responses.content);
  assert.ok(blocks.length > 50);
  for (const { message } of blocks) {
    assert.ok(readOptions.first(message, registry.block2.number), 'a large response goes in small blocks');
    assert.ok(message.payload.length >= 16 && message.payload.length <= 128);
  }
});

test('amplification: what may not be sent is withheld and counted [COA-22]', async () => {
  const world = simulated();
  const server = await world.endpoint({
    resources: [{ path: 'e', get: () => ({ etag: Buffer.alloc(8, 1), payload: 'y'.repeat(100) }) }],
    limits: { unprovenBytes: 0, amplification: 1 },
  });
  const peer = await world.raw();
  peer.send(con(1, { code: methods.GET, options: [path('e')] }), server.at);
  await world.run(100);
  assert.ok(bytesOf(peer) <= 6);
  peer.send(con(1, { code: methods.GET, options: [path('e')] }), server.at);
  await world.run(100);
  assert.ok(server.metrics.withheld.value() > 0 || peer.take()[0]!.message.code === responses.unauthorized);
});

test('amplification: an Echo that comes back proves the address, one of another peer does not [COA-23]', async () => {
  const world = simulated();
  const server = await world.endpoint({ resources: [big] });
  const peer = await world.raw();
  const thief = await world.raw();
  peer.send(con(1, { code: methods.GET, token, options: [path('big')] }), server.at);
  await world.run(100);
  const echo = readOptions.echo(peer.take()[0]!.message);
  assert.ok(echo);
  const proof = { number: registry.echo.number, value: echo };
  const ask = async (from: Raw, id: number): Promise<number> => {
    from.send(con(id, { code: methods.GET, token, options: [path('big'), proof] }), server.at);
    await world.run(100);
    return from.take()[0]!.message.payload.length;
  };
  assert.ok((await ask(thief, 2)) <= 128);
  assert.equal(await ask(peer, 3), 1_024);
  await world.run(1_000_000);
  assert.equal(await ask(peer, 4), 1_024, 'it stays proven');
  const late = await world.raw();
  assert.ok((await ask(late, 5)) <= 128);
});

test('amplification: an acknowledgement of what cannot be guessed proves the address [COA-23]', async () => {
  const world = simulated();
  const server = await world.endpoint({ resources: [big] });
  const peer = await world.raw();
  const observe = { number: registry.observe.number, value: Buffer.alloc(0) };
  peer.send(con(1, { code: methods.GET, token, options: [observe, path('big')] }), server.at);
  await world.run(100);
  server.changed('big');
  await world.run(100);
  const notification = peer.take().at(-1)!;
  assert.equal(codeName(notification.message.code), '2.05');
  assert.ok(notification.message.payload.length <= 128);
  for (let id = 0; id < 0x100; id++) if (id !== notification.id) peer.send(ack(id), server.at);
  await world.run(10);
  const ask = async (id: number): Promise<number> => {
    peer.send(con(id, { code: methods.GET, token: Buffer.of(id), options: [path('big')] }), server.at);
    await world.run(100);
    return peer.take().at(-1)!.message.payload.length;
  };
  if (notification.id > 0xff) assert.ok((await ask(2)) <= 128);
  peer.send(ack(notification.id), server.at);
  await world.run(10);
  assert.equal(await ask(3), 1_024);
});

test('amplification: of more peers than are remembered the one idle longest is forgotten [COA-24]', async () => {
  const world = simulated();
  const server = await world.endpoint({ resources: [big], limits: { peersMax: 2 } });
  const [one, two, three] = [await world.raw(), await world.raw(), await world.raw()];
  const request = (id: number) => con(id, { code: methods.GET, token, options: [path('nothing')] });
  for (const [peer, id] of [
    [one, 1],
    [two, 2],
    [one, 3],
    [three, 4],
  ] as const) {
    peer.send(request(id), server.at);
    await world.run(20);
  }
  assert.equal(server.metrics.forgotten.value('peers'), 1);
  one.send(request(1), server.at);
  await world.run(20);
  assert.equal(server.metrics.duplicates.value(), 1, 'the first was used again, so the second had to go');
  two.send(request(2), server.at);
  await world.run(20);
  assert.equal(server.metrics.duplicates.value(), 1);
});

test('amplification: a peer on a loopback address has all at once, whatever is like one has not [COA-23]', async () => {
  const world = simulated();
  const server = await world.endpoint({ resources: [big] });
  for (const [host, most] of [
    ['127.0.0.1', 1_024],
    ['127.1.2.3', 1_024],
    ['::1', 1_024],
    ['::ffff:127.0.0.1', 1_024],
    ['128.0.0.1', 128],
    ['10.127.0.1', 128],
    ['::127.0.0.1', 128],
    ['fe80::1', 128],
  ] as const) {
    const peer = await world.raw(host);
    peer.send(con(1, { code: methods.GET, token, options: [path('big')] }), server.at);
    await world.run(100);
    assert.equal(peer.take()[0]!.message.payload.length, most, host);
  }
});
