import { readdir, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connectPacket, publishPacket, readingPayload } from './packet.ts';
import { freePort, inScratch, load, startEdge } from './process.ts';

const journalBytes = 1e9;

/** Fills a journal to 1 GB, kills the edge, and times its next start until a QoS 1 publish is acknowledged. */
export const recovery = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const ports = { mqtt: await freePort(), http: await freePort() };
    const data = join(dir, 'edge');
    const edge = await startEdge(data, ports);
    while ((await folderBytes(join(data, 'journal'))) < journalBytes) {
      await load({ port: ports.mqtt, connections: 50, inFlight: 50, warmSeconds: 0, seconds: 4, rate: 0 });
    }
    const bytes = await folderBytes(join(data, 'journal'));
    await edge.kill();

    const from = performance.now();
    const again = await startEdge(data, ports);
    await publishOnce(ports.mqtt);
    const ready = performance.now() - from;
    await again.kill();

    const fresh = await timeFreshStart(join(dir, 'fresh'), ports);
    return { ready_ms: ready, fresh_ready_ms: fresh, journal_bytes: bytes };
  });

async function timeFreshStart(data: string, ports: { mqtt: number; http: number }): Promise<number> {
  const from = performance.now();
  const edge = await startEdge(data, ports);
  await publishOnce(ports.mqtt);
  const ready = performance.now() - from;
  await edge.stop();
  return ready;
}

async function folderBytes(dir: string): Promise<number> {
  const names = await readdir(dir).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(dir, name)).then((one) => one.size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Settles when one QoS 1 publish has its PUBACK. */
function publishOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let greeted = false;
    socket.on('error', reject);
    socket.on('connect', () => socket.write(connectPacket('probe')));
    socket.on('data', () => {
      if (greeted) {
        socket.destroy();
        return resolve();
      }
      greeted = true;
      socket.write(publishPacket('sensors/probe/data', 1, readingPayload(Math.random)));
    });
  });
}
