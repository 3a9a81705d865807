import { join } from 'node:path';
import { freePort, inScratch, load, residentMiB, startEdge } from './process.ts';

/** Resident memory idle, and after 30 s of 1 000 devices at 10 readings per second each. */
export const footprint = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const ports = { mqtt: await freePort(), http: await freePort() };
    const edge = await startEdge(join(dir, 'edge'), ports);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const idle = await residentMiB(edge.pid);
    const result = await load({
      port: ports.mqtt,
      connections: 1_000,
      inFlight: 8,
      warmSeconds: 5,
      seconds: 25,
      rate: 10_000,
    });
    const loaded = await residentMiB(edge.pid);
    await edge.stop();
    return { idle_rss_mib: idle, loaded_rss_mib: loaded, readings_per_s: result.acked / result.seconds };
  });
