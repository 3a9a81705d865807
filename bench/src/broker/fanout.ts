import { median, start } from '../process.ts';
import { ask } from './ask.ts';
import type { FanoutOrder, FanoutResult } from './fanout-load.ts';
import { type SideName, sides } from './sides.ts';

const shapes = {
  fanout_10: { subscribers: 10, window: 400, qos: 0 },
  fanout_10_qos1: { subscribers: 10, window: 400, qos: 1 },
  fanout_1000: { subscribers: 1_000, window: 20, qos: 0 },
  fanout_1000_qos1: { subscribers: 1_000, window: 20, qos: 1 },
} as const;

const rounds = 3;
const seconds = { warmSeconds: 1, seconds: 3 };

/** One publisher to 10 and to 1 000 subscribers, ours and Mosquitto in turn, at QoS 0 and 1: deliveries per second. */
export async function fanout(): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const order = { ...shape, ...seconds };
    const ours: FanoutResult[] = [];
    const theirs: FanoutResult[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await measure('ours', order));
      theirs.push(await measure('mosquitto', order));
    }
    figures[`${name}_ours_per_s`] = median(ours.map(rateOf));
    figures[`${name}_mosquitto_per_s`] = median(theirs.map(rateOf));
    figures[`${name}_ratio`] = median(ours.map((one, index) => rateOf(one) / rateOf(theirs[index]!)));
    figures[`${name}_load_capacity_per_s`] = await capacity(order);
    // The share of one processor that the broker had: near 1 it was the broker that set the pace.
    figures[`${name}_ours_busy`] = median(ours.map(busyOf));
    figures[`${name}_mosquitto_busy`] = median(theirs.map(busyOf));
  }
  return figures;
}

const rateOf = (one: FanoutResult): number => one.delivered / one.seconds;
const busyOf = (one: FanoutResult): number => one.processorSeconds / one.seconds;

async function measure(name: SideName, order: Omit<FanoutOrder, 'port' | 'pid'>): Promise<FanoutResult> {
  const side = await sides[name]();
  try {
    return await load({ ...order, port: side.port, pid: side.pid });
  } finally {
    await side.stop();
  }
}

/** What the load takes from a server that only copies: the ratio means something only if this is far above both. */
async function capacity(order: Omit<FanoutOrder, 'port' | 'pid'>): Promise<number> {
  const copier = await start('./broker/copier.ts', [String(order.qos)]);
  try {
    return rateOf(await load({ ...order, port: copier.ready['port'] as number, pid: copier.pid }));
  } finally {
    await copier.kill();
  }
}

async function load(order: FanoutOrder): Promise<FanoutResult> {
  const running = await start('./broker/fanout-load.ts', [JSON.stringify(order)]);
  try {
    return (await ask<{ result: FanoutResult }>(running)).result;
  } finally {
    await running.kill();
  }
}
