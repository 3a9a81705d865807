import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seeded } from '@selvedge/kernel';
import { auditOf, type Cloud, caughtUp, sequences, startCloud } from './kill/cloud.ts';
import { type Victim, victim } from './kill/victim.ts';
import { namedClient } from './named-client.ts';
import { inScratch, lastingPort, launchEdge } from './process.ts';

const killsMin = 100;
const device = 'kill-1';
/** Readings are taken a millisecond apart from here on, so that each has a time of its own to be found by. */
const base = 1_795_000_000_000;

/**
 * Kills edge and cloud with SIGKILL at random, one or both, in their work or in their start, while a client publishes named
 * readings at QoS 1 and records each PUBACK; then looks whether the cloud has every acknowledged one, and none twice. Who
 * is killed when is drawn from `SELVEDGE_BENCH_SEED`, or from a seed of its own.
 */
export const kill = (): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const seed = Number(process.env['SELVEDGE_BENCH_SEED'] ?? Date.now() % 10_000);
    const from = performance.now();
    const cloud = await startCloud(join(dir, 'cloud'));
    const { token } = await cloud.ask<{ token: string }>('POST', '/v1/enrolments', { node: 'edge-1' });
    const ports = { mqtt: await lastingPort(), http: await lastingPort() };
    const edge = victim(() =>
      launchEdge(join(dir, 'edge'), ports, {
        SELVEDGE_EDGE_LINK_URL: cloud.linkUrl,
        SELVEDGE_EDGE_LINK_TOKEN: token,
        SELVEDGE_EDGE_LINK_RETRY_MAX: '2s',
        SELVEDGE_EDGE_LOG_LEVEL: 'error',
      }),
    );
    await edge.ready();
    await enrolled(cloud);
    const client = namedClient({ port: ports.mqtt, device, base, inFlight: 50, perSecond: 500 });
    client.run();
    await killAtRandom(edge, cloud.victim, seeded(seed));
    await Promise.all([edge.ready(), cloud.victim.ready()]);
    await sleep(1_000);
    await client.finish();
    await caughtUp(cloud, device, client.acked.size);
    const audit = await auditOf(cloud);
    const found = await sequences(cloud, device, base, client.sent);
    await edge.stop();
    await cloud.victim.stop();
    return {
      seed,
      seconds: (performance.now() - from) / 1_000,
      kills: edge.kills + cloud.victim.kills,
      edge_kills: edge.kills,
      cloud_kills: cloud.victim.kills,
      kills_in_start: edge.killsInStart + cloud.victim.killsInStart,
      acked: client.acked.size,
      sent_again: client.sentAgain,
      lost: [...client.acked].filter((seq) => !found.has(seq)).length,
      doubled: [...found.values()].filter((count) => count > 1).length,
      audit_lost: audit.lost,
      audit_doubled: audit.doubled,
      audit_pending: audit.pending,
      audit_balanced: audit.balanced && audit.complete ? 1 : 0,
    };
  });

/** One in three kills does not wait for a start to be over. */
async function killAtRandom(edge: Victim, cloud: Victim, random: Random): Promise<void> {
  while (edge.kills + cloud.kills < killsMin) {
    if (random.next() > 1 / 3) await Promise.all([edge.ready(), cloud.ready()]);
    await sleep(50 + 950 * random.next());
    const whom = random.next();
    await Promise.all([whom < 0.55 ? edge.kill() : undefined, whom > 0.45 ? cloud.kill() : undefined]);
  }
}

/** Settles when the node has its certificate: whoever is killed before that needs a new token. */
async function enrolled({ ask }: Cloud): Promise<void> {
  while ((await ask<{ nodes: unknown[] }>('GET', '/v1/nodes')).nodes.length === 0) await sleep(100);
}
