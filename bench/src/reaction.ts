import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connectPacket, publishPacket, subscribePacket } from './packet.ts';
import { freePort, inScratch, load, quantile, startEdge } from './process.ts';

const probes = 1_000;

/** While 10 000 readings per second come in, hot readings of probe devices: milliseconds until their command is out. */
export const reaction = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const ports = { mqtt: await freePort(), http: await freePort() };
    const edge = await startEdge(join(dir, 'edge'), ports);
    const background = load({
      port: ports.mqtt,
      connections: 200,
      inFlight: 16,
      warmSeconds: 2,
      seconds: 14,
      rate: 10_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const waits = await probe(ports.mqtt);
    const result = await background;
    await edge.kill();
    return {
      p50_ms: quantile(waits, 0.5),
      p99_ms: quantile(waits, 0.99),
      max_ms: Math.max(...waits),
      probes: waits.length,
      readings_per_s: result.acked / result.seconds,
    };
  });

/** Publishes one hot reading after another, each of another device, and times the command on `commands/#`. */
async function probe(port: number): Promise<number[]> {
  const listener = await open(port, 'listener');
  const speaker = await open(port, 'speaker');
  listener.write(subscribePacket('commands/#', 0));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const waits: number[] = [];
  let arrived: (() => void) | undefined;
  listener.on('data', (chunk) => {
    if (chunk.includes('shutdown')) arrived?.();
  });
  for (let i = 0; i < probes; i++) {
    const packet = publishPacket(`sensors/probe-${i}/data`, (i % 60_000) + 1, '{"temperature":91.5,"humidity":40}');
    const from = performance.now();
    const out = new Promise<void>((resolve) => (arrived = resolve));
    speaker.write(packet);
    await out;
    waits.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  listener.destroy();
  speaker.destroy();
  return waits;
}

function open(port: number, clientId: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    socket.on('connect', () => socket.write(connectPacket(clientId)));
    socket.once('data', () => resolve(socket));
  });
}
