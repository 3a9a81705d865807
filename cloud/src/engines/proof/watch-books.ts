import { type Clock, describeFailure, every, hours, type Log, minutes, type Service, service } from '@selvedge/kernel';
import type { Alert, Imbalance } from '@selvedge/protocol';
import type { CloudMetrics } from '../../metrics.ts';
import type { BooksLook, Store } from '../../ports.ts';
import { describeImbalance } from './prove.ts';
import type { Audit } from './run-audit.ts';

export interface BooksWatchWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CloudMetrics;
  readonly store: Pick<Store, 'auditor' | 'alerts' | 'registry'>;
  /** The whole recomputation, both sides. */
  readonly audit: () => Promise<Audit>;
}

/** Rules of the alerts that are raised here; there is at most one open of each for a source. */
const ledgerRule = 'ledger';
const auditRule = 'audit';

const period = minutes(1);
const auditPeriod = hours(6);
/** Looks at one journal in one pass: what an outage has left is judged over several minutes. */
const looksMax = 10;
/** Imbalances of one journal that are looked at again, to see whether they hold still. */
const wrongMax = 20;
/** Alerts that are read to see whether their cause is gone. */
const alertsMax = 1_000;

interface Watched {
  position: number;
  open: BooksLook['open'] | undefined;
  /** Where each look began that found something, and what. */
  wrong: { from: number; open: BooksLook['open'] | undefined; imbalances: readonly Imbalance[] }[];
  isBehind: boolean;
}

interface Journal {
  readonly node: string;
  readonly epoch: string;
}

/**
 * Judges the books of every journal as they are closed: an imbalance becomes a critical alert with its source and
 * interval, which is cleared when the books balance again. Now and then everything is recomputed on both sides.
 */
export function booksWatch(world: BooksWatchWorld): Service {
  const { clock, log, metrics } = world;
  const { auditor, alerts, registry } = world.store;
  const journals = new Map<string, Watched>();
  const ending = new AbortController();
  const running: Promise<void>[] = [];

  const safely = async (task: () => Promise<void>): Promise<void> => {
    try {
      await task();
    } catch (cause) {
      if (!ending.signal.aborted) log.warn('books.not_judged', describeFailure(cause));
    }
  };

  const lookOn = async ({ node, epoch }: Journal, base: number, watched: Watched): Promise<void> => {
    for (let looks = 0; looks < looksMax && !ending.signal.aborted; looks++) {
      const { position: from, open } = watched;
      const look = await auditor.books(node, epoch, { from, base, open });
      metrics.closings.add(look.judged);
      if (look.imbalances.length > 0) {
        metrics.imbalances.add(look.imbalances.length);
        watched.wrong = [...watched.wrong, { from, open, imbalances: look.imbalances }].slice(-wrongMax);
        for (const one of look.imbalances) await alerts.raise(alertOf({ node, epoch }, one, clock.wall()), node);
      }
      Object.assign(watched, { position: look.judgedTo, open: look.open, isBehind: look.more });
      if (!look.more) return;
    }
  };

  /** What was found wrong before may have been put right. */
  const lookAgain = async ({ node, epoch }: Journal, base: number, watched: Watched): Promise<void> => {
    const still: Watched['wrong'] = [];
    for (const one of watched.wrong) {
      const look = await auditor.books(node, epoch, { from: one.from, base, open: one.open });
      const holds = one.imbalances.filter((was) => look.imbalances.some((is) => isSame(was, is)));
      if (holds.length > 0) still.push({ ...one, imbalances: holds });
    }
    watched.wrong = still;
  };

  const pass = async (): Promise<void> => {
    const bases = new Map((await registry.nodes()).map(({ id, epoch, report }) => [`${id}/${epoch}`, report]));
    for (const journal of await auditor.journals()) {
      if (ending.signal.aborted) return;
      const key = `${journal.node}/${journal.epoch}`;
      const watched = journals.get(key) ?? { position: 0, open: undefined, wrong: [], isBehind: true };
      journals.set(key, watched);
      const base = bases.get(key)?.journal.firstOffset ?? 0;
      await lookAgain(journal, base, watched);
      await lookOn(journal, base, watched);
    }
    if ([...journals.values()].every(({ isBehind }) => !isBehind)) await clearBalanced();
  };

  const clearBalanced = async (): Promise<void> => {
    const wrong = new Set(
      [...journals].flatMap(([key, { wrong: all }]) =>
        all.flatMap(({ imbalances }) => imbalances.map(({ source }) => sourceOf(key, source))),
      ),
    );
    await clear(ledgerRule, (device) => wrong.has(device));
  };

  const clear = async (rule: string, holds: (device: string) => boolean): Promise<void> => {
    for (const state of ['active', 'acknowledged'] as const)
      for (const one of await alerts.list({ state, limit: alertsMax }))
        if (one.rule === rule && one.type === 'ledger' && !holds(one.device))
          await alerts.clear(one.id, 'ledger', clock.wall());
  };

  const recompute = async (): Promise<void> => {
    const { nodes, at } = await world.audit();
    const wrong = nodes.filter(({ findings }) => findings.length > 0);
    for (const { node, epoch, findings } of wrong) {
      const message = `${findings[0]!.message}${findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''}`;
      const data = { node, epoch, findings: findings.length };
      const about = { id: `${epoch}-audit-${at}`, device: node, rule: auditRule, value: findings.length };
      await alerts.raise({ ...fixed, ...about, metric: 'findings', message, raisedAt: at, data }, node);
    }
    await clear(auditRule, (device) => wrong.some(({ node }) => node === device));
  };

  return service({
    start() {
      running.push(every(clock, period, ending.signal, () => safely(pass)));
      // It may take minutes and ends with the store, so nobody waits for it.
      void every(clock, auditPeriod, ending.signal, () => safely(recompute));
    },
    async stop() {
      ending.abort();
      await Promise.all(running);
    },
  });
}

const fixed = { type: 'ledger', severity: 'critical' } as const;

const isSame = (one: Imbalance, other: Imbalance): boolean =>
  one.source === other.source && one.offsets.from === other.offsets.from && one.offsets.to === other.offsets.to;

/** What concerns no single source is an alert of the node. */
const sourceOf = (key: string, source: string): string => (source === '' ? key.slice(0, key.indexOf('/')) : source);

function alertOf({ node, epoch }: Journal, one: Imbalance, now: number): Alert {
  const { source, from, to, offsets } = one;
  return {
    ...fixed,
    id: `${epoch}-${offsets.from}-${offsets.to}-${ledgerRule}-${source}`,
    device: sourceOf(`${node}/${epoch}`, source),
    rule: ledgerRule,
    metric: 'readings',
    value: offsets.to - offsets.from,
    message: `the books do not balance ${describeImbalance(one)}`,
    raisedAt: now,
    data: { node, epoch, from, to },
  };
}
