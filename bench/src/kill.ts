import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namedClient } from './named-client.ts';
import { freePort, inScratch, type Running, start, startEdge } from './process.ts';

const kills = 20;
const device = 'kill-1';
/** Readings are taken a millisecond apart from here on, so that each has a time of its own to be found by. */
const base = 1_795_000_000_000;

/**
 * Kills the edge with SIGKILL at random moments while a client publishes named readings at QoS 1 and records each PUBACK;
 * then looks whether the cloud has every acknowledged one, and none twice.
 */
export const kill = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const cloud = await startCloud(join(dir, 'cloud'));
    const token = await cloud.ask<{ token: string }>('POST', '/v1/enrolments', { node: 'edge-1' });
    const ports = { mqtt: await freePort(), http: await freePort() };
    const env = {
      SELVEDGE_EDGE_LINK_URL: cloud.linkUrl,
      SELVEDGE_EDGE_LINK_TOKEN: token.token,
      SELVEDGE_EDGE_LOG_LEVEL: 'error',
    };
    const client = namedClient({ port: ports.mqtt, device, base, inFlight: 50 });
    let edge = await startEdge(join(dir, 'edge'), ports, env);
    client.run();
    for (let i = 0; i < kills; i++) {
      await sleep(100 + Math.random() * 900);
      await edge.kill();
      edge = await startEdge(join(dir, 'edge'), ports, env);
    }
    await sleep(1_000);
    await client.finish();
    await cloud.caughtUp(client.acked.size);
    const found = await cloud.sequences(client.sent);
    const audit = await cloud.ask<{ balanced: boolean; lost: number; doubled: number }>('GET', '/v1/audit');
    await edge.stop();
    await cloud.running.stop();
    return {
      kills,
      acked: client.acked.size,
      sent_again: client.sentAgain,
      lost: [...client.acked].filter((seq) => !found.has(seq)).length,
      doubled_in_cloud: [...found.values()].filter((count) => count > 1).length,
      audit_lost: audit.lost,
      audit_doubled: audit.doubled,
      audit_balanced: audit.balanced ? 1 : 0,
    };
  });

interface Cloud {
  readonly running: Running;
  readonly linkUrl: string;
  ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Settles when the cloud has at least so many readings of the device. */
  caughtUp(readings: number): Promise<void>;
  /** How often the cloud has each sequence number. */
  sequences(count: number): Promise<Map<number, number>>;
}

async function startCloud(data: string): Promise<Cloud> {
  const ports = { api: await freePort(), link: await freePort() };
  const running = await start('../../cloud/src/main.ts', [], {
    SELVEDGE_CLOUD_DATA: data,
    SELVEDGE_CLOUD_API_PORT: String(ports.api),
    SELVEDGE_CLOUD_LINK_PORT: String(ports.link),
    SELVEDGE_CLOUD_LOG_LEVEL: 'error',
  });
  const operator = (await readFile(join(data, 'operator.token'), 'utf8')).trim();
  const ask = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const headers = {
      authorization: `Bearer ${operator}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await fetch(`http://127.0.0.1:${ports.api}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };
  return {
    running,
    linkUrl: `wss://127.0.0.1:${ports.link}/link`,
    ask,
    async caughtUp(readings) {
      for (let tries = 0; tries < 300; tries++) {
        const one = await ask<{ readingsTotal: number }>('GET', `/v1/devices/${device}`);
        if (one.readingsTotal >= readings) return;
        await sleep(200);
      }
    },
    async sequences(count) {
      const found = new Map<number, number>();
      const page = 5_000;
      for (let from = base; from < base + count; from += page) {
        const { readings } = await ask<{ readings: { seq: number }[] }>(
          'GET',
          `/v1/devices/${device}/readings?from=${from}&to=${from + page}&limit=10000`,
        );
        for (const { seq } of readings) found.set(seq, (found.get(seq) ?? 0) + 1);
      }
      return found;
    },
  };
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
