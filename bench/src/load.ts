import { connect, type Socket } from 'node:net';
import { connectPacket, publishPacket, readingPayload } from './packet.ts';

/** What the load process is told, as JSON in its first argument. */
export interface LoadOrder {
  readonly port: number;
  readonly connections: number;
  /** Publishes of one connection that wait for their PUBACK at once. */
  readonly inFlight: number;
  readonly warmSeconds: number;
  readonly seconds: number;
  /** Readings per second of all connections together; 0 for as fast as it goes. */
  readonly rate: number;
}

export interface LoadResult {
  readonly acked: number;
  readonly seconds: number;
}

/** More than any window, so that packet identifiers in flight are never the same. */
const ringLength = 256;

interface Client {
  readonly socket: Socket;
  readonly ring: Buffer;
  readonly size: number;
  next: number;
  waiting: number;
  credit: number;
}

/** Opens one connection that publishes as `device` and keeps `inFlight` publishes waiting. */
function open(order: LoadOrder, device: string, onAcked: (count: number) => void): Promise<Client> {
  const packets = Array.from({ length: ringLength }, (_, id) =>
    publishPacket(`sensors/${device}/data`, id + 1, readingPayload(Math.random)),
  );
  const size = packets[0]!.length;
  if (packets.some((one) => one.length !== size)) throw new Error('packets of a ring must have one size');
  return new Promise((resolve, reject) => {
    const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true });
    const client: Client = { socket, ring: Buffer.concat(packets), size, next: 0, waiting: 0, credit: 0 };
    let greeting = 4;
    let rest = 0;
    socket.on('error', reject);
    socket.on('connect', () => socket.write(connectPacket(device)));
    socket.on('data', (chunk) => {
      let bytes = chunk.length;
      if (greeting > 0) {
        const taken = Math.min(greeting, bytes);
        greeting -= taken;
        bytes -= taken;
        if (greeting === 0) resolve(client);
      }
      rest += bytes;
      const acked = rest >> 2;
      if (acked === 0) return;
      rest &= 3;
      client.waiting -= acked;
      onAcked(acked);
      if (order.rate === 0) send(client, order.inFlight - client.waiting);
    });
  });
}

/** Writes the next `count` packets of the ring. */
function send(client: Client, count: number): void {
  client.waiting += count;
  while (count > 0) {
    const run = Math.min(count, ringLength - client.next);
    client.socket.write(client.ring.subarray(client.next * client.size, (client.next + run) * client.size));
    client.next = (client.next + run) % ringLength;
    count -= run;
  }
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function run(order: LoadOrder): Promise<LoadResult> {
  let acked = 0;
  const clients: Client[] = [];
  for (let at = 0; at < order.connections; at += 100) {
    const some = Array.from({ length: Math.min(100, order.connections - at) }, (_, index) =>
      open(order, `load-${at + index}`, (count) => (acked += count)),
    );
    clients.push(...(await Promise.all(some)));
  }
  process.send?.({ connected: clients.length });
  const pace = order.rate === 0 ? undefined : setInterval(() => pacedSend(clients, order), 2);
  if (!pace) for (const client of clients) send(client, order.inFlight);
  await sleep(order.warmSeconds * 1_000);
  const [from, ackedBefore] = [performance.now(), acked];
  await sleep(order.seconds * 1_000);
  const result = { acked: acked - ackedBefore, seconds: (performance.now() - from) / 1_000 };
  clearInterval(pace);
  for (const client of clients) client.socket.destroy();
  return result;
}

let due = 0;
let lastPace = performance.now();

/** Spreads the rate over the connections; what a slow turn missed is made up for in the next. */
function pacedSend(clients: readonly Client[], order: LoadOrder): void {
  const now = performance.now();
  due += ((now - lastPace) / 1_000) * order.rate;
  lastPace = now;
  for (let tries = 0; due >= 1 && tries < clients.length * 4; tries++) {
    const client = clients[turn++ % clients.length]!;
    if (client.waiting >= order.inFlight) continue;
    send(client, 1);
    due -= 1;
  }
}
let turn = 0;

if (import.meta.main) {
  const result = await run(JSON.parse(process.argv[2]!) as LoadOrder);
  process.send?.({ result });
  process.disconnect?.();
}
