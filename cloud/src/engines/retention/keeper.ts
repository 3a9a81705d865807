import { type Clock, type Config, describeFailure, every, type Log, type Service, service } from '@selvedge/kernel';
import type { cloudConfig } from '../../config.ts';
import type { CloudMetrics } from '../../metrics.ts';
import { type KeptKind, keptKinds, type PrunedTurn, type PruneReason, type Retention } from '../../ports.ts';

export type RetentionOptions = Config<typeof cloudConfig.retention>;

export interface KeeperWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CloudMetrics;
  readonly retention: Retention;
}

/** Turns of one look: what is left is taken at the next one. */
const turnsMax = 1_000;
/** Below the budget by this part, so that what comes until the next look has room. */
const reserve = 0.05;
/** To measure a kind costs by its size; between two measurements lies this many times what the last one took. */
const measureRest = 20;

/**
 * Keeps the store within its bounds: first what is too old goes, then what is too much of its kind, then what is too much
 * altogether. Between two turns others have theirs. A bound that cannot be kept is told once, until it is.
 */
export function retentionKeeper(options: RetentionOptions, world: KeeperWorld): Service {
  const { clock, log, metrics, retention } = world;
  const ending = new AbortController();
  const stuck = new Set<string>();
  const measuredAgain = new Map<KeptKind, number>();
  let running: Promise<void> | undefined;
  let turns = 0;

  const mayGoOn = (): boolean => turns < turnsMax && !ending.signal.aborted;

  const prune = async (kind: KeptKind, why: PruneReason, before?: number): Promise<PrunedTurn> => {
    turns += 1;
    const wish = { kind, why, at: clock.wall(), ...(before !== undefined && { before }) };
    const turn = await retention.prune(wish);
    if (turn.rows > 0) metrics.retentionRows.add(turn.rows, kind, why);
    if (turn.readings > 0) metrics.retentionReadings.add(turn.readings);
    return turn;
  };

  /** Told when it begins to be so; `what` is a kind or the whole. */
  const tell = (what: string, isStuck: boolean, facts: object): void => {
    if (!isStuck) stuck.delete(what);
    if (!isStuck || ending.signal.aborted) return;
    metrics.retentionStuck.add(1, what);
    if (!stuck.has(what)) log.warn('retention.stuck', { bound: what, ...facts });
    stuck.add(what);
  };

  const byAge = async (): Promise<void> => {
    for (const kind of keptKinds) {
      const { ageMax } = options[kind];
      if (ageMax === 0) continue;
      while (mayGoOn()) {
        const { rows } = await prune(kind, 'age', clock.wall() - ageMax);
        if (rows === 0) break;
      }
    }
  };

  const byKind = async (): Promise<void> => {
    for (const kind of keptKinds) {
      const { bytesMax } = options[kind];
      if (bytesMax === 0 || clock.ticks() < (measuredAgain.get(kind) ?? 0)) continue;
      const began = clock.ticks();
      let bytes = await retention.bytesOf(kind);
      const took = clock.ticks() - began;
      while (bytes > bytesMax && mayGoOn()) {
        const turn = await prune(kind, 'bytes');
        if (turn.rows === 0) break;
        bytes = turn.bytes > 0 ? bytes - turn.bytes : await retention.bytesOf(kind);
      }
      measuredAgain.set(kind, clock.ticks() + measureRest * took);
      tell(kind, bytes > bytesMax && turns < turnsMax, { bytes, bytesMax });
    }
  };

  const bySize = async (): Promise<void> => {
    const { sizeMax } = options;
    let { usedBytes } = await retention.use();
    const goal = sizeMax * (1 - reserve);
    const kinds = [...keptKinds];
    while (sizeMax > 0 && usedBytes > goal && kinds.length > 0 && mayGoOn()) {
      const { rows } = await prune(kinds[0]!, 'disk');
      if (rows === 0) kinds.shift();
      ({ usedBytes } = await retention.use());
    }
    tell('disk', sizeMax > 0 && usedBytes > sizeMax && turns < turnsMax, { usedBytes, sizeMax });
  };

  const look = async (): Promise<void> => {
    turns = 0;
    try {
      await byAge();
      await byKind();
      await bySize();
      while (mayGoOn() && (await retention.giveBack()) > 0) turns += 1;
      const { usedBytes, fileBytes } = await retention.use();
      metrics.storeUsed.set(usedBytes);
      metrics.storeFile.set(fileBytes);
    } catch (cause) {
      if (ending.signal.aborted) return;
      metrics.retentionFailed.add(1);
      log.warn('retention.failed', describeFailure(cause));
    }
  };

  return service({
    start() {
      running = every(clock, options.period, ending.signal, look);
    },
    async stop() {
      ending.abort();
      await running;
    },
  });
}
