import type { Clock, Log } from '@selvedge/kernel';
import { type Jump, jumpsMax } from '../format/state.ts';
import type { JournalMetrics } from '../metrics.ts';

/**
 * How old records are, by a wall clock that may jump. The clock that never goes back tells how much time has really
 * passed between two looks; the difference is remembered as a jump and taken off the age of what was written before it.
 */
export interface Ages {
  readonly jumps: readonly Jump[];
  /** The wall time, after having looked for a jump. `offset` is the next that will be written. */
  look(offset: number): number;
  /** Milliseconds since a batch that begins at `offset` was written at wall time `appendedAt`. */
  age(appendedAt: number, offset: number): number;
}

/** Milliseconds by which the two clocks may differ between two looks before it is called a jump. */
const tolerance = 60_000;

export interface AgesOptions {
  readonly jumps: readonly Jump[];
  /** The end of the journal at start, and when its last batch was written, if there is one. */
  readonly offset: number;
  readonly lastAt: number | undefined;
}

export interface AgesWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: JournalMetrics;
  /** A jump was seen, which must outlast the process: who starts without it takes what is new for old. */
  changed(): void;
}

export function ages(options: AgesOptions, world: AgesWorld): Ages {
  const { clock, log, metrics } = world;
  const jumps: Jump[] = [...options.jumps];
  let wall = clock.wall();
  let ticks = clock.ticks();

  const jumped = (offset: number, by: number): void => {
    jumps.push({ offset, by });
    metrics.clockJumps.add(1);
    log.warn('journal.clock_jumped', { offset, seconds: Math.round(by / 1_000) });
    if (jumps.length <= jumpsMax) return;
    const [first, second] = jumps.splice(0, 2);
    jumps.unshift({ offset: second!.offset, by: first!.by + second!.by });
  };

  // A clock that begins before the last record was written lost its time while the power was off.
  if (options.lastAt !== undefined && wall < options.lastAt - tolerance) jumped(options.offset, wall - options.lastAt);

  return {
    jumps,
    look(offset) {
      const newWall = clock.wall();
      const newTicks = clock.ticks();
      const by = newWall - wall - (newTicks - ticks);
      wall = newWall;
      ticks = newTicks;
      if (Math.abs(by) > tolerance) {
        jumped(offset, by);
        world.changed();
      }
      return Math.max(0, Math.floor(newWall));
    },
    age(appendedAt, offset) {
      let age = wall - appendedAt;
      for (let index = jumps.length - 1; index >= 0 && jumps[index]!.offset > offset; index--) age -= jumps[index]!.by;
      return age;
    },
  };
}
