import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastingPort, launch } from '../process.ts';
import { type Victim, victim } from './victim.ts';

/** A cloud that may be killed, and what its API says. */
export interface Cloud {
  readonly victim: Victim;
  readonly linkUrl: string;
  ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Starts a cloud on a data folder; settles when it is ready. */
export async function startCloud(data: string): Promise<Cloud> {
  const ports = { api: await lastingPort(), link: await lastingPort() };
  const one = victim(() =>
    launch('../../cloud/src/main.ts', [], {
      SELVEDGE_CLOUD_DATA: data,
      SELVEDGE_CLOUD_API_PORT: String(ports.api),
      SELVEDGE_CLOUD_LINK_PORT: String(ports.link),
      SELVEDGE_CLOUD_LOG_LEVEL: 'error',
    }),
  );
  await one.ready();
  const operator = (await readFile(join(data, 'operator.token'), 'utf8')).trim();
  return {
    victim: one,
    linkUrl: `wss://127.0.0.1:${ports.link}/link`,
    async ask<Answer>(method: string, path: string, body?: unknown) {
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
    },
  };
}

/** Settles when the cloud has at least so many readings of a device, or has gained none for ten seconds. */
export async function caughtUp({ ask }: Cloud, device: string, readings: number): Promise<void> {
  const patience = 10_000;
  for (let last = -1, latest = 0; ; await sleep(200)) {
    const { readingsTotal } = await ask<{ readingsTotal: number }>('GET', `/v1/devices/${device}`);
    if (readingsTotal > last) latest = performance.now() + patience;
    last = readingsTotal;
    if (last >= readings || performance.now() > latest) return;
  }
}

/** How often the cloud has each of the first `count` sequence numbers, the first of which was taken at `base`. */
export async function sequences(
  { ask }: Cloud,
  device: string,
  base: number,
  count: number,
): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  const page = 5_000;
  for (let from = base; from < base + count; from += page) {
    const path = `/v1/devices/${device}/readings?from=${from}&to=${from + page}&limit=10000`;
    const { readings } = await ask<{ readings: { seq: number }[] }>('GET', path);
    for (const { seq } of readings) found.set(seq, (found.get(seq) ?? 0) + 1);
  }
  return found;
}

export interface Audit {
  readonly balanced: boolean;
  readonly complete: boolean;
  readonly lost: number;
  readonly doubled: number;
  readonly pending: number;
}

/** What the audit says once nothing is on its way any more, or after a minute. */
export async function auditOf({ ask }: Cloud): Promise<Audit> {
  for (const latest = performance.now() + 60_000; ; await sleep(500)) {
    const audit = await ask<Audit>('GET', '/v1/audit');
    if ((audit.complete && audit.pending === 0) || performance.now() > latest) return audit;
  }
}
