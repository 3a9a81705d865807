import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, residentMiB, start } from '../process.ts';
import { ask } from './ask.ts';
import type { Connected, CrowdOrder, CrowdTask, Stormed } from './crowd.ts';
import { type SideName, sides } from './sides.ts';

const clientsWanted = 10_000;
/** Files that a process has open besides its clients. */
const filesBeside = 200;
const perSecond = 2_000;
const rounds = 3;
/** Milliseconds after which memory is what an idle broker has. */
const idleMs = 3_000;

interface Seen extends Connected, Stormed {
  readonly rssMiB: number;
  readonly rssKiBPerClient: number;
}

/**
 * 10 000 clients with a kept session and one subscription each: seconds to connect them and memory per client; then all
 * drop and come back at once while others publish to them at QoS 1: seconds until all are back, and what was
 * acknowledged to the publishers and never delivered.
 */
export async function connections(): Promise<Record<string, number>> {
  const clients = await affordable();
  const seen: Record<SideName, Seen[]> = { ours: [], mosquitto: [] };
  const names = Object.keys(sides) as SideName[];
  for (let round = 0; round < rounds; round++) {
    for (const name of names) seen[name].push(await measureSide(name, clients));
  }
  const figures: Record<string, number> = { clients };
  for (const name of names) {
    const of = (pick: (one: Seen) => number): readonly number[] => seen[name].map(pick);
    figures[`${name}_connect_seconds`] = median(of((one) => one.connectSeconds));
    figures[`${name}_rss_mib`] = median(of((one) => one.rssMiB));
    figures[`${name}_rss_per_client_kib`] = median(of((one) => one.rssKiBPerClient));
    figures[`${name}_storm_seconds`] = median(of((one) => one.stormSeconds));
    figures[`${name}_storm_tries_again`] = median(of((one) => one.triesAgain));
    figures[`${name}_storm_acked`] = sum(of((one) => one.acked));
    figures[`${name}_storm_lost`] = sum(of((one) => one.lost));
    figures[`${name}_storm_sessions_lost`] = sum(of((one) => one.sessionsLost));
    figures[`${name}_storm_redelivered`] = sum(of((one) => one.redelivered));
  }
  return figures;
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

/** How many clients the limit of open files allows: Node raises its own limit, and that of its children, as far as it may. */
async function affordable(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = Number(/Max open files\s+\S+\s+(\d+)/.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const clients = Math.min(clientsWanted, hard - filesBeside);
  if (clients < clientsWanted)
    process.stderr.write(`${clients} clients instead of ${clientsWanted}: at most ${hard} files may be open\n`);
  return clients;
}

async function measureSide(name: SideName, clients: number): Promise<Seen> {
  const side = await sides[name]();
  const order: CrowdOrder = { port: side.port, clients };
  const crowd = await start('./broker/crowd.ts', [JSON.stringify(order)]);
  const tell = <Answer>(task: CrowdTask): Promise<Answer> => ask(crowd, task);
  try {
    await sleep(idleMs);
    const before = await residentMiB(side.pid);
    const connected = await tell<Connected>({ what: 'connect' });
    await sleep(idleMs);
    const rssMiB = await residentMiB(side.pid);
    const stormed = await tell<Stormed>({ what: 'storm', perSecond });
    return { ...connected, ...stormed, rssMiB, rssKiBPerClient: ((rssMiB - before) * 1_024) / clients };
  } finally {
    await crowd.kill();
    await side.stop();
  }
}
