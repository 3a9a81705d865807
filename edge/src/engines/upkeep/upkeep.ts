import type { Expiry, Journal } from '@selvedge/journal';
import {
  type Clock,
  type Duration,
  describeFailure,
  every,
  type Log,
  type Service,
  seconds,
  service,
} from '@selvedge/kernel';
import { type Gap, type JsonRecord, lanes, type Statistics } from '@selvedge/protocol';
import type { Snapshots } from '../../ports.ts';

export interface UpkeepParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly write: (record: JsonRecord) => void;
  /** Once a second: the clock, overdue commands. */
  readonly tick: () => void;
  /** What must outlive the process, by name; each writes its own snapshot. */
  readonly saves: Readonly<Record<string, () => Promise<void>>>;
  readonly turnStatistics: (now: number) => readonly Statistics[];
  readonly closeBooks: (now: number) => void;
  /** Time between two statements of statistics and of the ledger. */
  readonly period: Duration;
  /** The longest window of any rule, in milliseconds: so much must be read again after a start. */
  readonly windowMax: number;
}

const snapshotName = 'windows';

/** Offset from which readings must be read again so that windows are whole after a start; 0 when nobody noted it. */
export async function warmFrom(snapshots: Snapshots): Promise<number> {
  const saved = await snapshots.read(snapshotName);
  return saved ? (JSON.parse(saved.toString('utf8')) as { from: number }).from : 0;
}

/** Everything that a node does by the clock. A chore that fails is logged and tried again at its next time. */
export function upkeep(parts: UpkeepParts): Service {
  const { clock, journal } = parts;
  const ended = new AbortController();
  const chores: Promise<void>[] = [];
  const marks: { readonly at: number; readonly offset: number }[] = [];

  const chore = (name: string, period: Duration, work: () => void | Promise<void>): void => {
    const safely = async (): Promise<void> => {
      try {
        await work();
      } catch (cause) {
        parts.log.warn('chore.failed', { chore: name, ...describeFailure(cause) });
      }
    };
    chores.push(every(clock, period, ended.signal, safely));
  };

  const saveWindows = async (): Promise<void> => {
    marks.push({ at: clock.ticks(), offset: journal.head.offset });
    while (marks.length > 1 && clock.ticks() - marks[1]!.at > parts.windowMax) marks.shift();
    await parts.snapshots.write(snapshotName, Buffer.from(JSON.stringify({ from: marks[0]!.offset })));
  };

  const closePeriod = (): void => {
    const now = clock.wall();
    for (const body of parts.turnStatistics(now)) parts.write({ kind: 'statistics', body });
    parts.closeBooks(now);
  };

  const retain = async (): Promise<void> => {
    for (const expiry of await journal.retain()) parts.write({ kind: 'gap', body: gapOf(expiry, clock.wall()) });
  };

  return service({
    start() {
      chore('tick', seconds(1), parts.tick);
      chore('windows', seconds(10), saveWindows);
      for (const [name, save] of Object.entries(parts.saves)) chore(name, seconds(10), save);
      chore('period', parts.period, closePeriod);
      chore('retention', seconds(30), retain);
    },
    async stop() {
      ended.abort();
      await Promise.allSettled(chores);
      closePeriod();
      for (const save of Object.values(parts.saves)) await save();
    },
  });
}

const gapOf = (expiry: Expiry, at: number): Gap => ({
  lane: lanes[expiry.klass] ?? 'low',
  from: expiry.from,
  to: expiry.to,
  count: expiry.count,
  reason: expiry.reason,
  at,
});
