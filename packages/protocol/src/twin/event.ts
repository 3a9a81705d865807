import { createHash } from 'node:crypto';
import type { Field, Write } from './field.ts';
import type { Policy } from './policy.ts';
import type { Stamp } from './stamp.ts';
import type { TwinValue } from './value.ts';

interface Happened {
  /** 16 hexadecimal characters, made of what happened: whoever sees it and however often, it is the same event. */
  readonly id: string;
  readonly path: string;
  /** When it was noticed, by the clock of who did. */
  readonly at: number;
}

/** A field was written. `before` and `after` are what it said on the side that tells. */
export interface EditEvent extends Happened {
  readonly kind: 'edit';
  readonly write: Write;
  readonly before?: TwinValue;
  readonly after?: TwinValue;
}

/** Two edits crossed: neither writer had seen the other's. */
export interface ConflictEvent extends Happened {
  readonly kind: 'conflict';
  readonly policy: Policy;
  readonly writes: readonly [Write, Write];
  /** What the field says now. */
  readonly after?: TwinValue;
  /** It waits for a person. */
  readonly parked: boolean;
}

/** An edit came from a clock that was too far ahead; its stamp was set back to the time of arrival. */
export interface ClampEvent extends Happened {
  readonly kind: 'clamp';
  readonly replica: string;
  readonly n: number;
  readonly from: Stamp;
  readonly to: Stamp;
}

export type TwinEvent = EditEvent | ConflictEvent | ClampEvent;

type Name = Pick<Write, 'replica' | 'n'>;

const idOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);

export const editId = (path: string, { replica, n }: Name): string => idOf('edit', path, replica, n);

export const clampId = (path: string, { replica, n }: Name): string => idOf('clamp', path, replica, n);

export function conflictId(path: string, one: Name, other: Name): string {
  const [first, second] = one.replica < other.replica ? [one, other] : [other, one];
  return idOf('conflict', path, first.replica, first.n, second.replica, second.n);
}

/** Every two edits that stand beside each other in a field. */
export const crossings = ({ writes }: Field): readonly (readonly [Write, Write])[] =>
  writes.flatMap((one, index) => writes.slice(index + 1).map((other) => [one, other] as const));
