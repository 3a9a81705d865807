import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { defineMetrics, millis } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { type ListenerOptions, mqttMetrics } from '../../src/index.ts';
import { dialTcp, listenOn, portOf } from './sockets.ts';
import * as wire from './wire.ts';

/** What asks for a WebSocket. */
export const upgrade = [
  'GET /mqtt HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Protocol: mqtt',
  '',
  '',
].join('\r\n');

export const closed = (socket: Socket): Promise<unknown> =>
  socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));

async function dial(listener: ListenerOptions, port: number): Promise<Socket> {
  if (!listener.tls) return dialTcp(port);
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** Peers that stop after each step on the way to a session, and must be cut for it. */
export async function stopOnTheWay(listener: ListenerOptions): Promise<void> {
  const metrics = defineMetrics(mqttMetrics);
  await using broker = await listenOn([listener], { connectWithin: millis(300) }, { metrics });
  const port = portOf(broker);
  const overWebSocket = listener.transport.startsWith('ws');
  const steps: readonly (Uint8Array | string)[] = overWebSocket
    ? [
        '',
        'GET / HT',
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
        upgrade,
        Buffer.from(`${upgrade}\x82\x85\0\0\0\0\x10`, 'latin1'),
      ]
    : ['', wire.connect().subarray(0, 5)];
  const bare = listener.tls ? [Buffer.alloc(0), Buffer.of(0x16, 3, 1, 2)] : [];
  const sockets = await Promise.all([
    ...steps.map((step) => dial(listener, port).then((socket) => [socket, step] as const)),
    ...bare.map((step) => dialTcp(port).then((socket) => [socket, step] as const)),
  ]);
  const from = systemClock.ticks();
  for (const [socket, step] of sockets) {
    socket.write(step);
    socket.resume();
  }
  await Promise.all(sockets.map(([socket]) => closed(socket)));
  assert.ok(systemClock.ticks() - from < 2_000, 'within a sweep or two');
  assert.equal(metrics.turnedAway.value('connect-timeout'), sockets.length);
  await systemClock.sleep(millis(600));
  assert.equal(metrics.arrivals.value(), 0);
  await broker.stop();
}

/** More peers than there is room for, none of which says anything. */
export async function crowd(listener: ListenerOptions): Promise<void> {
  const metrics = defineMetrics(mqttMetrics);
  await using broker = await listenOn([listener], { pendingMax: 3 }, { metrics });
  const sockets: Socket[] = [];
  let cut = 0;
  for (let n = 0; n < 40; n++) {
    const socket = connect({ host: '127.0.0.1', port: portOf(broker) });
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => (cut += 1));
    await once(socket, 'connect');
  }
  while (cut < 10) await systemClock.sleep(millis(5));
  assert.equal(cut, 10, 'beyond ten times as many, also the young ones');
  assert.equal(metrics.turnedAway.value('pending-full'), 10);
  for (const socket of sockets) socket.destroy();
  await broker.stop();
}

/** That the broker's side of every connection sends what it has at once. */
export async function sendAtOnce(listener: ListenerOptions): Promise<void> {
  const settings: boolean[] = [];
  // Node says nowhere else what it has set on a socket.
  const look = (message: unknown): void => {
    const { socket } = message as { socket: Record<symbol, boolean> };
    const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'kSetNoDelay');
    settings.push(socket[symbol!]!);
  };
  subscribe('net.server.socket', look);
  await using broker = await listenOn([listener]);
  const socket = await dial(listener, portOf(broker));
  socket.destroy();
  unsubscribe('net.server.socket', look);
  assert.deepEqual(settings, [true]);
  await broker.stop();
}

/** Peers on their way when the broker stops. */
export async function stopAmong(listener: ListenerOptions): Promise<void> {
  const broker = await listenOn([listener]);
  const sockets = [await dialTcp(portOf(broker)), await dial(listener, portOf(broker))];
  for (const socket of sockets) socket.resume();
  await systemClock.sleep(millis(20));
  await Promise.all([broker.stop(), ...sockets.map(closed)]);
}
