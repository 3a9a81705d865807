import { setTimeout as sleep } from 'node:timers/promises';
import { publishPacket, readingPayload } from '../packet.ts';
import { quantile } from '../process.ts';
import { openPublisher, openSubscriber, type Publisher } from './client.ts';

/** What the pairs are told, as JSON in the first argument. */
export interface PairsOrder {
  readonly port: number;
  readonly pairs: number;
}

/** What they are to do, as a message; the answer is a PairsResult. */
export interface PairsTask {
  /** Messages per second of all pairs together; 0 for as fast as it goes. */
  readonly rate: number;
  readonly settleSeconds: number;
  readonly seconds: number;
}

export interface PairsResult {
  readonly perSecond: number;
  /** From the write of the publish to the read of the delivery. */
  readonly p99Ms: number;
}

/** At full speed: what one pair has on its way at once. */
const fullWindow = 10;
/** At a fixed pace: only a broker that stands still lets so much pile up. */
const pacedWindow = 1_000;
/** A topic that is busy in every state: whoever freezes is subscribed to it. */
const busy = { topic: 'busy/data', perSecond: 400, payloadSize: 16_384, window: 64 };

interface Pair {
  readonly publisher: Publisher;
  delivered: number;
  /** When each publish on its way was written, by its number. */
  readonly sentAt: Float64Array;
}

const pairs: Pair[] = [];
let waits: number[] = [];
let window = pacedWindow;
let full = false;

async function openPair(port: number, index: number): Promise<Pair> {
  const topic = `pairs/${String(index).padStart(3, '0')}/data`;
  const payload = (): string => readingPayload(Math.random);
  const sample = publishPacket(topic, 1, payload());
  const payloadSize = payload().length;
  const onAcked = (): void => void (full && send(pair, performance.now()));
  const publisher = await openPublisher({ port, clientId: `speaker-${index}`, topic, qos: 1, payload, onAcked });
  const pair: Pair = { publisher, delivered: 0, sentAt: new Float64Array(pacedWindow) };
  const onDelivered = (count: number): void => {
    const now = performance.now();
    for (let i = 0; i < count; i++) waits.push(now - pair.sentAt[pair.delivered++ % pacedWindow]!);
    if (full) send(pair, now);
  };
  const clientId = `listener-${index}`;
  await openSubscriber({ port, clientId, filter: topic, qos: 1, sample, payloadSize, onDelivered });
  return pair;
}

/** As many as there is room for; gives how many that were. */
function send(pair: Pair, now: number, most = window): number {
  const { publisher, sentAt } = pair;
  const onTheWay = Math.max(publisher.sent - pair.delivered, publisher.waiting);
  const count = Math.min(most, window - onTheWay);
  if (count <= 0) return 0;
  for (let i = 0; i < count; i++) sentAt[(publisher.sent + i) % pacedWindow] = now;
  publisher.send(count);
  return count;
}

async function openBusy(port: number): Promise<() => void> {
  const text = 'x'.repeat(busy.payloadSize);
  const { topic, payloadSize } = busy;
  const publisher = await openPublisher({ port, clientId: 'busy-speaker', topic, qos: 1, payload: () => text });
  let delivered = 0;
  await openSubscriber({
    port,
    clientId: 'busy-listener',
    filter: topic,
    qos: 1,
    sample: publishPacket(topic, 1, text),
    payloadSize,
    onDelivered: (count) => (delivered += count),
  });
  return pacer(
    () => busy.perSecond,
    () => {
      if (Math.max(publisher.sent - delivered, publisher.waiting) >= busy.window) return false;
      publisher.send(1);
      return true;
    },
  );
}

/** Gives what is to be called every millisecond or so: it calls `one` so often that `rate` per second come about. */
function pacer(rate: () => number, one: (now: number) => boolean): () => void {
  let due = 0;
  let last = performance.now();
  return () => {
    const now = performance.now();
    due = Math.min(due + ((now - last) / 1_000) * rate(), rate());
    last = now;
    while (due >= 1 && one(now)) due -= 1;
  };
}

const order = JSON.parse(process.argv[2]!) as PairsOrder;
for (let index = 0; index < order.pairs; index++) pairs.push(await openPair(order.port, index));
let rate = 0;
let turn = 0;
const nextPair = (): Pair => pairs[turn++ % pairs.length]!;
const paces = [
  await openBusy(order.port),
  pacer(
    () => rate,
    (now) => {
      for (let tries = 0; tries < pairs.length; tries++) if (send(nextPair(), now, 1) > 0) return true;
      return false;
    },
  ),
];
setInterval(() => {
  for (const pace of paces) pace();
}, 1);

async function measure(task: PairsTask): Promise<PairsResult> {
  rate = task.rate;
  full = rate === 0;
  window = full ? fullWindow : pacedWindow;
  if (full) for (const pair of pairs) send(pair, performance.now());
  await sleep(task.settleSeconds * 1_000);
  waits = [];
  const from = performance.now();
  await sleep(task.seconds * 1_000);
  const seconds = (performance.now() - from) / 1_000;
  // Where nothing came, nothing took less than all that time.
  const p99Ms = waits.length > 0 ? quantile(waits, 0.99) : task.seconds * 1_000;
  const result = { perSecond: waits.length / seconds, p99Ms };
  waits = [];
  return result;
}

process.on('message', async (task: PairsTask) => process.send?.(await measure(task)));
process.on('disconnect', () => process.exit(0));
process.send?.({ connected: pairs.length });
