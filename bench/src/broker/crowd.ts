import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { publishPacket } from '../packet.ts';
import { acknowledger, openClient } from './client.ts';
import { Strides } from './strides.ts';

/** What the crowd is told, as JSON in the first argument. */
export interface CrowdOrder {
  readonly port: number;
  readonly clients: number;
}

/** What it is to do, as a message; the answers are a Connected and a Stormed. */
export type CrowdTask = { readonly what: 'connect' } | { readonly what: 'storm'; readonly perSecond: number };

export interface Connected {
  readonly connectSeconds: number;
}

export interface Stormed {
  /** From the drop until the last client has its session again. */
  readonly stormSeconds: number;
  /** Connections that failed and were tried again. */
  readonly triesAgain: number;
  readonly acked: number;
  /** Acknowledged to a publisher, and never delivered. */
  readonly lost: number;
  /** Clients that came back to a session that was not kept. */
  readonly sessionsLost: number;
  readonly redelivered: number;
}

/** Handshakes under way at once when nothing hurries. */
const calmWindow = 200;
const perAddress = 1_000;
const publishers = 4;
/** What one publisher has on its way at once. */
const publisherWindow = 500;
const idMax = 60_000;
const numberWidth = 10;
const retryMs = 100;
/** Seconds of publishing before the storm, and of waiting without any delivery after it. */
const calmSeconds = 1;
const patienceSeconds = 5;

const order = JSON.parse(process.argv[2]!) as CrowdOrder;
const { port } = order;
const topicOf = (client: number): string => `crowd/${String(client).padStart(5, '0')}`;
const publishOf = (id: number, message: number): Buffer =>
  publishPacket(topicOf(message % order.clients), id, String(message).padStart(numberWidth, '0'));
const packetSize = publishOf(1, 0).length;

const sockets: Socket[] = [];
const acked = new Set<number>();
/** How often each message has been delivered. */
const received: number[] = [];
let deliveries = 0;
let triesAgain = 0;
let sessionsLost = 0;

const acknowledge = acknowledger(packetSize - numberWidth - 2);

/** Connects one client for the first time, or again, until the broker lets it in. */
async function connectOne(client: number, again: boolean): Promise<void> {
  const strides = new Strides(packetSize);
  const from = `127.0.0.${2 + Math.floor(client / perAddress)}`;
  for (;;) {
    const opened = openClient({
      port,
      clientId: `crowd-${client}`,
      kept: true,
      from,
      ...(again ? {} : { subscribe: { filter: topicOf(client), qos: 1 } as const }),
      onBytes: (bytes, socket) => take(strides, bytes, socket),
    });
    const one = await opened.catch(() => undefined);
    if (one) {
      if (again && !one.present) sessionsLost += 1;
      sockets[client] = one.socket;
      return;
    }
    triesAgain += 1;
    await sleep(retryMs);
  }
}

function take(strides: Strides, bytes: Buffer, socket: Socket): void {
  deliveries += acknowledge(strides, bytes, socket, (packet, at) => {
    const end = at + packetSize;
    const message = Number(packet.toString('latin1', end - numberWidth, end));
    received[message] = (received[message] ?? 0) + 1;
  });
}

async function connectAll(again: boolean, window: number): Promise<number> {
  const from = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < order.clients) await connectOne(next++, again);
  };
  await Promise.all(Array.from({ length: Math.min(window, order.clients) }, worker));
  return (performance.now() - from) / 1_000;
}

/** Publishes to one client after the other and keeps a record of each PUBACK; gives the function that ends it. */
async function publish(perSecond: number): Promise<() => Promise<void>> {
  let next = 0;
  const mouths = await Promise.all(Array.from({ length: publishers }, (_, index) => openMouth(index)));
  const from = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - from) / 1_000) * perSecond;
    for (let tries = 0; next < due && tries < publishers; tries++) {
      const mouth = mouths[next % publishers]!;
      while (next < due && mouth.waiting() < publisherWindow) mouth.send(next++);
    }
  }, 2);
  return async () => {
    clearInterval(timer);
    while (mouths.some((mouth) => mouth.waiting() > 0)) await sleep(20);
  };
}

interface Mouth {
  waiting(): number;
  send(message: number): void;
}

async function openMouth(index: number): Promise<Mouth> {
  const messageOf = new Map<number, number>();
  const strides = new Strides(4);
  let id = 0;
  const { socket } = await openClient({
    port,
    clientId: `publisher-${index}`,
    onBytes: (bytes) =>
      strides.cut(bytes, (packet, at) => {
        const confirmed = packet.readUInt16BE(at + 2);
        acked.add(messageOf.get(confirmed)!);
        messageOf.delete(confirmed);
      }),
  });
  return {
    waiting: () => messageOf.size,
    send(message) {
      id = (id % idMax) + 1;
      messageOf.set(id, message);
      socket.write(publishOf(id, message));
    },
  };
}

/** All drop and come back at once while messages for them go on coming. */
async function storm(perSecond: number): Promise<Stormed> {
  const endPublishing = await publish(perSecond);
  await sleep(calmSeconds * 1_000);
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  const stormSeconds = await connectAll(true, order.clients);
  await endPublishing();
  await settled();
  const missing = [...acked].filter((message) => received[message] === undefined);
  return {
    stormSeconds,
    triesAgain,
    acked: acked.size,
    lost: missing.length,
    sessionsLost,
    redelivered: deliveries - received.filter((count) => count > 0).length,
  };
}

/** Settles when everything acknowledged has come, or nothing comes any more. */
async function settled(): Promise<void> {
  const allCame = (): boolean => [...acked].every((message) => received[message] !== undefined);
  for (let quiet = 0, last = -1; quiet < patienceSeconds && !allCame(); ) {
    await sleep(500);
    quiet = deliveries === last ? quiet + 0.5 : 0;
    last = deliveries;
  }
}

process.on('message', async (task: CrowdTask) => {
  if (task.what === 'connect') process.send?.({ connectSeconds: await connectAll(false, calmWindow) });
  else process.send?.(await storm(task.perSecond));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
