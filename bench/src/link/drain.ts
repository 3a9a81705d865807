import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { freePort, inScratch, load, quantile, start, startEdge } from '../process.ts';
import { benchCloud } from './cloud.ts';

/** Readings that wait when the cloud comes back; so many are written to the disk first, about a gigabyte. */
const backlog = Number(process.env['SELVEDGE_BENCH_BACKLOG'] ?? 10_000_000);
const liveRate = 10_000;
const probe = 'probe';

/**
 * The cloud is away while readings come in at full speed; then it is back while 10 000 a second stay live. How fast does
 * the backlog get there, and how late is what is new meanwhile? A probe among the devices is timed from its reading to
 * the cloud's live feed, so through everything: journal, link, log, projections.
 */
export const drain = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const cloud = await benchCloud(join(dir, 'cloud'));
    const ports = { mqtt: await freePort(), http: await freePort() };
    let running = await cloud.start();
    const { token } = await cloud.ask<{ token: string }>('POST', '/v1/enrolments', { node: 'edge-1' });
    const edge = await startEdge(join(dir, 'edge'), ports, {
      SELVEDGE_EDGE_LINK_URL: cloud.linkUrl(),
      SELVEDGE_EDGE_LINK_TOKEN: token,
      SELVEDGE_EDGE_LOG_LEVEL: 'error',
      SELVEDGE_EDGE_LINK_RETRY_MAX: '1s',
    });
    await cloud.online();
    await running.stop();

    const order = { port: ports.mqtt, connections: 50, inFlight: 50, warmSeconds: 0 };
    let journaled = 0;
    while (journaled < backlog) {
      journaled += (await load({ ...order, seconds: Math.min(10, 1 + (backlog - journaled) / 200_000), rate: 0 }))
        .acked;
      process.stderr.write(`${journaled} of ${backlog} readings wait for the cloud\n`);
    }

    const client = await connectAsync(`mqtt://127.0.0.1:${ports.mqtt}`, { clientId: probe });
    const probing = setInterval(() => {
      const body = JSON.stringify({ takenAt: Date.now(), value: 1 });
      client.publish(`sensors/${probe}/data`, body, { qos: 1 });
    }, 50);
    const live = await start('./load.ts', [
      JSON.stringify({ ...order, connections: 100, inFlight: 200, seconds: 3_600, rate: liveRate }),
    ]);
    running = await cloud.start();
    const late: number[] = [];
    const unwatch = await cloud.watch(probe, (takenAt) => late.push(Date.now() - takenAt));
    const usage = [running.pid, edge.pid];
    const cpuBefore = await Promise.all(usage.map(cpuSeconds));
    const from = performance.now();
    let durable = 0;
    while (durable < backlog) {
      await sleep(1_000);
      const seconds = (performance.now() - from) / 1_000;
      // What came live meanwhile is no backlog.
      durable = (await cloud.metric('cloud_link_records_total')) - liveRate * seconds;
      process.stderr.write(`${Math.round(durable)} drained in ${seconds.toFixed(0)} s, probe ${late.at(-1)} ms\n`);
    }
    const seconds = (performance.now() - from) / 1_000;
    const cpu = (await Promise.all(usage.map(cpuSeconds))).map((now, index) => now - cpuBefore[index]!);
    await live.kill();
    clearInterval(probing);
    unwatch();
    await client.endAsync(true);
    await edge.stop();
    await running.stop();
    return {
      drain_per_s: durable / seconds,
      live_per_s: liveRate,
      live_p50_ms: quantile(late, 0.5),
      live_p99_ms: quantile(late, 0.99),
      probes: late.length,
      cloud_cpu_us_per_reading: (cpu[0]! * 1e6) / (durable + liveRate * seconds),
      edge_cpu_us_per_reading: (cpu[1]! * 1e6) / (durable + liveRate * seconds),
    };
  });

/** Seconds of processor that a process has used. */
async function cpuSeconds(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
