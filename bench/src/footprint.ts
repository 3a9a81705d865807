import { join } from 'node:path';
import { freePort, inScratch, load, residentMiB, startEdge } from './process.ts';

/** Beyond the five minutes of the sliding windows: only then they hold all that they will ever hold. */
const loadedSeconds = 330;
const lookSeconds = 30;

/** Resident memory idle, and the most that 1 000 devices at 10 readings per second each made of it. */
export const footprint = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const ports = { mqtt: await freePort(), http: await freePort() };
    // A clone strips the types at its first start; what is measured is every later one.
    await (await startEdge(join(dir, 'first'), ports)).stop();
    const edge = await startEdge(join(dir, 'edge'), ports);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const idle = await residentMiB(edge.pid);
    const seen: number[] = [];
    const look = setInterval(async () => {
      seen.push(await residentMiB(edge.pid));
      process.stderr.write(
        `${seen.length * lookSeconds} of ${loadedSeconds} s under load: ${seen.at(-1)!.toFixed(0)} MiB\n`,
      );
    }, lookSeconds * 1_000);
    const order = { port: ports.mqtt, connections: 1_000, inFlight: 8, warmSeconds: 5 };
    const result = await load({ ...order, seconds: loadedSeconds - order.warmSeconds, rate: 10_000 });
    clearInterval(look);
    seen.push(await residentMiB(edge.pid));
    await edge.stop();
    return {
      idle_rss_mib: idle,
      after_30_s_rss_mib: seen[0]!,
      loaded_rss_mib: Math.max(...seen),
      readings_per_s: result.acked / result.seconds,
    };
  });
