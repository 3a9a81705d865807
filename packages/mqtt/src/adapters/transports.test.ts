import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Fault, isFault } from '@selvedge/kernel';
import { WebSocket } from 'ws';
import { parse } from '../../test/support/parse.ts';
import { bytesFrom, dialTcp, listenOn, portOf } from '../../test/support/sockets.ts';
import * as wire from '../../test/support/wire.ts';
import { mqttFaults } from '../faults.ts';

test('tcp: a client is served on the port the system chose, and its address is known [MQB-100]', async () => {
  await using broker = await listenOn(['tcp']);
  const [listening] = broker.listening;
  assert.deepEqual([listening?.transport, listening?.host, listening!.port > 0], ['tcp', '127.0.0.1', true]);
  const socket = await dialTcp(portOf(broker));
  socket.write(Buffer.concat([wire.connect({ clientId: 'c' }), wire.publish({ qos: 1, id: 7 })]));
  assert.deepEqual(
    parse(await bytesFrom(socket, 8), 4).packets.map(({ kind }) => kind),
    ['connack', 'puback'],
  );
  const [row] = [...broker.clients()];
  assert.equal(row?.connection?.address, `127.0.0.1:${socket.localPort}`);
  const ended = once(socket, 'close');
  await broker.stop();
  await ended;
  assert.deepEqual(broker.listening, []);
});

test('tcp: a taken port is a fault that names host and port, and nothing stays behind [MQB-101]', async () => {
  await using first = await listenOn(['tcp']);
  const port = portOf(first);
  const taken = listenOn(['tcp', { transport: 'tcp', host: '127.0.0.1', port }]);
  await assert.rejects(taken, (cause: Fault) => {
    assert.equal(isFault(cause, 'MQTT_PORT_TAKEN'), true);
    assert.match(cause.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.match(cause.hint, /ss -ltnp/);
    return true;
  });
  await assert.rejects(listenOn([{ transport: 'tcp', host: '192.0.2.1', port: 0 }]), (cause) =>
    isFault(cause, 'MQTT_LISTEN_FAILED'),
  );
  await assert.rejects(listenOn(['tls']), (cause) => isFault(cause, 'MQTT_TLS_MISSING'));
  await first.stop();
  await (await listenOn([{ transport: 'tcp', host: '127.0.0.1', port }])).stop();
  assert.equal(mqttFaults.table.MQTT_PORT_TAKEN.retry, 'later');
});

test('tcp: a peer that vanishes takes its clean session with it', async () => {
  await using broker = await listenOn(['tcp']);
  const gone = new Promise<string>((resolve) =>
    broker.onDisconnected((clientId, why) => resolve(`${clientId} ${why}`)),
  );
  const socket = await dialTcp(portOf(broker));
  socket.write(wire.connect({ clientId: 'c' }));
  await bytesFrom(socket, 4);
  socket.resetAndDestroy();
  assert.equal(await gone, 'c connection-lost');
  assert.deepEqual([...broker.clients()], []);
  await broker.stop();
});

test('tcp: one subscriber that never reads does not slow another one down [MQB-80]', async () => {
  await using broker = await listenOn(['tcp'], { outgoingMax: 100_000 });
  const [frozen, eager] = [await dialTcp(portOf(broker)), await dialTcp(portOf(broker))];
  for (const [socket, clientId] of [
    [frozen, 'frozen'],
    [eager, 'eager'],
  ] as const) {
    socket.write(Buffer.concat([wire.connect({ clientId }), wire.subscribe([['#', 0]])]));
    await bytesFrom(socket, 9);
  }
  frozen.pause();
  let got = 0;
  eager.on('data', (chunk: Buffer) => (got += chunk.length));
  const payload = Buffer.alloc(50_000, 'x');
  const size = wire.publish({ topic: 'a', payload }).length;
  for (let n = 1; n <= 400; n++) {
    broker.publish({ topic: 'a', payload });
    while (got < n * size) await once(eager, 'data');
  }
  const counts = Object.fromEntries(
    [...broker.clients()].map(({ clientId, connection }) => [clientId, connection!.delivered]),
  );
  assert.equal(counts['eager'], 400);
  assert.equal(counts['frozen']! < 300, true, `${counts['frozen']} for the frozen one`);
  frozen.destroy();
  await broker.stop();
});

async function dialWebSocket(port: number, protocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/any/path`, protocols);
  await once(socket, 'open');
  return socket;
}

test('ws: packets travel in binary frames, cut anywhere [MQB-102] [MQTT-6.0.0-2] [MQTT-6.0.0-4]', async () => {
  await using broker = await listenOn(['ws']);
  const socket = await dialWebSocket(portOf(broker), ['other', 'mqtt']);
  assert.equal(socket.protocol, 'mqtt');
  let got = Buffer.alloc(0);
  socket.on('message', (data: Buffer, isBinary) => {
    assert.equal(isBinary, true);
    got = Buffer.concat([got, data]);
  });
  const bytes = Buffer.concat([wire.connect({ clientId: 'c' }), wire.publish({ qos: 1, payload: 'x'.repeat(300) })]);
  for (let at = 0; at < bytes.length; at += 7) socket.send(bytes.subarray(at, at + 7));
  while (got.length < 8) await once(socket, 'message');
  assert.deepEqual(
    parse(got, 4).packets.map(({ kind }) => kind),
    ['connack', 'puback'],
  );
  socket.close();
  await broker.stop();
});

test('ws: a text frame ends the connection, and without the subprotocol mqtt there is none [MQB-102] [MQTT-6.0.0-1] [MQTT-6.0.0-3]', async () => {
  await using broker = await listenOn(['ws']);
  const socket = await dialWebSocket(portOf(broker), ['mqtt']);
  socket.send('text');
  await once(socket, 'close');
  const refused = new WebSocket(`ws://127.0.0.1:${portOf(broker)}`);
  const [cause] = (await once(refused, 'error')) as [Error];
  assert.match(cause.message, /400/);
  assert.equal((await fetch(`http://127.0.0.1:${portOf(broker)}`)).status, 426);
  await broker.stop();
});

test('ws: a packet goes through one message or through many, of any size, and only packetSizeMax bounds it [MQB-163]', async () => {
  await using broker = await listenOn(['ws'], { packetSizeMax: 400_000 });
  const publish = wire.publish({ qos: 1, payload: 'x'.repeat(300_000) });
  for (const size of [1_000_000, 100_001, 126, 60_000]) {
    const socket = await dialWebSocket(portOf(broker), ['mqtt']);
    socket.send(wire.connect({ clientId: 'c' }));
    await once(socket, 'message');
    for (let at = 0; at < publish.length; at += size) socket.send(publish.subarray(at, at + size));
    const [bytes] = (await once(socket, 'message')) as [Buffer];
    assert.equal(parse(bytes, 4).packets[0]?.kind, 'puback');
    socket.close();
  }
  await broker.stop();
});

test('ws: what is sent to a client comes whole, in binary frames, whatever its size', async () => {
  await using broker = await listenOn(['ws'], { packetSizeMax: 400_000 });
  const socket = await dialWebSocket(portOf(broker), ['mqtt']);
  let got = Buffer.alloc(0);
  socket.on('message', (data: Buffer) => void (got = Buffer.concat([got, data])));
  socket.send(Buffer.concat([wire.connect({ clientId: 'c' }), wire.subscribe([['#', 0]])]));
  while (got.length < 9) await once(socket, 'message');
  const payloads = [0, 100, 125, 126, 5_000, 65_536, 300_000].map((size) => 'y'.repeat(size));
  for (const payload of payloads) broker.publish({ topic: 'a', payload });
  const size = 9 + payloads.reduce((sum, payload) => sum + wire.publish({ topic: 'a', payload }).length, 0);
  while (got.length < size) await once(socket, 'message');
  const { packets } = parse(got.subarray(9), 4);
  assert.deepEqual(
    packets.map(({ payload }) => payload?.length),
    payloads.map(({ length }) => length),
  );
  socket.close();
  await broker.stop();
});
