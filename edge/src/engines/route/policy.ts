import type { Duration } from '@selvedge/kernel';
import type { RouteAction } from '../../ports.ts';

export type { LinkView, RouteInputs } from '../../ports.ts';

export const actions = ['raw', 'folded', 'later', 'nothing', 'analyse'] as const satisfies readonly RouteAction[];
export type Action = RouteAction;

/** Which of the folded readings are sent raw all the same, and what is made of all of them. */
export interface FoldPolicy {
  /** By name of the value, or a glob: how far it must move from what was sent last. */
  readonly deadBand: readonly { readonly glob: string; readonly width: number }[];
  /** Send a reading in which a value without dead band is other than in the one sent last. */
  readonly onChange: boolean;
  /** Send one of so many; 0: none for its number. */
  readonly oneOf: number;
  /** Send one in so much time; 0: none for its time. */
  readonly every: Duration;
  /** An aggregate for each so much time, reckoned when the books are closed. */
  readonly interval: Duration;
  /** Without aggregates only the number of readings is told. */
  readonly aggregates: boolean;
}

/** When another action holds: all of the conditions must. */
export interface Clause {
  readonly link?: 'online' | 'offline';
  readonly costAbove?: number;
  readonly congestionAbove?: number;
  readonly capLeftBelow?: number;
  readonly loadAbove?: number;
  readonly send: Action;
}

/** What becomes of the readings of some devices. The first policy that a reading fits is the one that holds for it. */
export interface RoutePolicy {
  readonly name: string;
  /** Glob on the device id: `*` is any text, `?` one character. */
  readonly devices: string;
  /** Globs, one of which the name of one of its values must match; empty: any reading. */
  readonly metrics: readonly string[];
  /** The names of exactly its values, in any order; empty: any. */
  readonly shape: readonly string[];
  readonly send: Action;
  /** The lane of what is sent raw. */
  readonly priority: 'high' | 'medium' | 'low';
  /** A reading that is older than this when it arrives is sent later; 0: none is too old. */
  readonly deadline: Duration;
  /** Globs of values that never leave the site. */
  readonly private: readonly string[];
  readonly fold: FoldPolicy;
  /** The first that holds is the one that counts; none: `send`. */
  readonly when: readonly Clause[];
  /** A clause that has begun or ended stays so at least this long. */
  readonly dwell: Duration;
  /** A number that made a clause hold must go back behind its limit by this part of it before it ends. */
  readonly margin: number;
}

/** A matcher for a glob. */
export function globOf(glob: string): (text: string) => boolean {
  if (glob === '*') return () => true;
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const compiled = new RegExp(`^${pattern}$`, 's');
  return (text) => compiled.test(text);
}
