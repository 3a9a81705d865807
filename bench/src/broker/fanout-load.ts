import { setTimeout as sleep } from 'node:timers/promises';
import { publishOncePacket, publishPacket, readingPayload } from '../packet.ts';
import { openPublisher, openSubscriber } from './client.ts';
import { processorSeconds } from './sides.ts';

/** What the load is told, as JSON in its first argument. */
export interface FanoutOrder {
  readonly port: number;
  /** Of the broker. */
  readonly pid: number;
  readonly subscribers: number;
  readonly qos: 0 | 1;
  /** Publishes that are not yet acknowledged, or not yet delivered to everybody, at once. */
  readonly window: number;
  readonly warmSeconds: number;
  readonly seconds: number;
}

export interface FanoutResult {
  readonly delivered: number;
  readonly seconds: number;
  /** Processor time of the broker in that time. */
  readonly processorSeconds: number;
}

const topic = 'sensors/load-1/data';
/** Seconds within which all that was published must have been delivered in the end. */
const drainSeconds = 5;

async function run(order: FanoutOrder): Promise<FanoutResult> {
  const { port, subscribers, qos, window } = order;
  const payload = (): string => readingPayload(Math.random);
  const sample = qos === 0 ? publishOncePacket(topic, payload()) : publishPacket(topic, 1, payload());
  let delivered = 0;
  let refilling = false;
  let over = false;
  const refill = (): void => {
    refilling = false;
    const undelivered = publisher.sent - Math.floor(delivered / subscribers);
    const count = window - Math.max(undelivered, publisher.waiting);
    if (count > 0 && !over) publisher.send(count);
  };
  // Once for all that a turn of the event loop has read.
  const onRoom = (): void => {
    if (refilling) return;
    refilling = true;
    setImmediate(refill);
  };
  const onDelivered = (count: number): void => {
    delivered += count;
    onRoom();
  };
  for (let at = 0; at < subscribers; at += 100) {
    const some = Array.from({ length: Math.min(100, subscribers - at) }, (_, index) =>
      openSubscriber({
        port,
        clientId: `subscriber-${at + index}`,
        filter: topic,
        qos,
        sample,
        payloadSize: payload().length,
        onDelivered,
      }),
    );
    await Promise.all(some);
  }
  const publisher = await openPublisher({ port, clientId: 'publisher', topic, qos, payload, onAcked: onRoom });
  process.send?.({ connected: subscribers });
  publisher.send(window);
  await sleep(order.warmSeconds * 1_000);
  const from = { delivered, at: performance.now(), processor: await processorSeconds(order.pid) };
  await sleep(order.seconds * 1_000);
  const result = {
    delivered: delivered - from.delivered,
    seconds: (performance.now() - from.at) / 1_000,
    processorSeconds: (await processorSeconds(order.pid)) - from.processor,
  };
  over = true;
  for (let waited = 0; delivered < publisher.sent * subscribers; waited += 0.1) {
    if (waited > drainSeconds)
      throw new Error(`${delivered} deliveries of ${publisher.sent} messages to ${subscribers} subscribers`);
    await sleep(100);
  }
  return result;
}

const result = await run(JSON.parse(process.argv[2]!) as FanoutOrder);
process.send?.({ result });
