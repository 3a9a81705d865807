import { join } from 'node:path';
import { startMosquitto } from '../../tools/world.ts';
import type { LoadOrder } from './load.ts';
import { publishPacket, readingPayload } from './packet.ts';
import { freePort, inScratch, load, median, start, startEdge } from './process.ts';

const shapes = {
  bulk: { connections: 50, inFlight: 50 },
  many: { connections: 1_000, inFlight: 1 },
} as const;

const rounds = 3;

/** What the load pushes when nothing is done with it: the ratio below means something only if this is far above both. */
async function capacity(order: Omit<LoadOrder, 'port'>): Promise<number> {
  const size = publishPacket('sensors/load-10/data', 1, readingPayload(Math.random)).length;
  const sink = await start('./sink.ts', [String(size)]);
  const result = await load({ ...order, port: sink.ready['port'] as number });
  await sink.kill();
  return result.acked / result.seconds;
}

/** Ours and Mosquitto in turn, the same load: QoS 1, 96-byte JSON; ours durable and judged before the PUBACK. */
export async function ingest(): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const order = { ...shape, warmSeconds: 1, seconds: 3, rate: 0 };
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await measureOurs(order));
      theirs.push(await measureMosquitto(order));
    }
    figures[`${name}_ours_per_s`] = Math.round(median(ours));
    figures[`${name}_mosquitto_per_s`] = Math.round(median(theirs));
    figures[`${name}_ratio`] = median(ours.map((one, index) => one / theirs[index]!));
    figures[`${name}_load_capacity_per_s`] = Math.round(await capacity({ ...order, seconds: 2 }));
  }
  return figures;
}

const measureOurs = (order: Omit<LoadOrder, 'port'>): Promise<number> =>
  inScratch(async (dir) => {
    const ports = { mqtt: await freePort(), http: await freePort() };
    const edge = await startEdge(join(dir, 'edge'), ports);
    const result = await load({ ...order, port: ports.mqtt });
    await edge.kill();
    return result.acked / result.seconds;
  });

async function measureMosquitto(order: Omit<LoadOrder, 'port'>): Promise<number> {
  const port = await freePort();
  const mosquitto = await startMosquitto({ port });
  const result = await load({ ...order, port });
  await mosquitto.stop();
  return result.acked / result.seconds;
}
