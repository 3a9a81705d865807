import { compareStamps, type Stamp } from './stamp.ts';
import type { TwinValue } from './value.ts';
import { joinVectors, seenOf, type Vector } from './vector.ts';

/** One edit of one field, as long as nobody who has seen it has written again. */
export interface Write {
  /** Who wrote: `cloud`, or `<node>/<epoch>` for an edge node's journal. */
  readonly replica: string;
  /** Rises with each edit that this replica makes of the field; with `replica` it names the edit for ever. */
  readonly n: number;
  readonly stamp: Stamp;
  /** Absent: the field was deleted. */
  readonly value?: TwinValue;
  /** `operator:<name>`, `device:<id>` or what else made the edit. */
  readonly by: string;
  /** Id of the event that this edit resolves or undoes. */
  readonly about?: string;
  /** What both sides had last agreed on, as far as the writer knew; absent when there was nothing. */
  readonly base?: Base;
}

export interface Base {
  readonly value?: TwinValue;
  readonly stamp: Stamp;
}

/**
 * A field with its version: a multi-value register under a dotted version vector (Preguiça et al., "Dotted Version
 * Vectors", 2010). Several writes stand in it only when none of their writers had seen the others'.
 */
export interface Field {
  /** Edits that were seen; who has them needs none of them again. */
  readonly seen: Vector;
  /** At most one a replica, in the order of their names. */
  readonly writes: readonly Write[];
}

export const noField: Field = { seen: {}, writes: [] };

/** All that two know of a field. Commutative, associative, idempotent. */
export function joinFields(one: Field, other: Field): Field {
  const writes = new Map<string, Write>();
  for (const write of [...surviving(one, other), ...surviving(other, one)]) {
    const before = writes.get(write.replica);
    writes.set(write.replica, before ? newer(before, write) : write);
  }
  return {
    seen: joinVectors(one.seen, other.seen),
    writes: [...writes.values()].sort((a, b) => (a.replica < b.replica ? -1 : 1)),
  };
}

/** The writes of a field that the other one has too, or has not seen. */
const surviving = (field: Field, other: Field): readonly Write[] =>
  field.writes.filter((write) => hasWrite(other, write) || seenOf(other.seen, write.replica) < write.n);

export const hasWrite = (field: Field, { replica, n }: Pick<Write, 'replica' | 'n'>): boolean =>
  field.writes.some((one) => one.replica === replica && one.n === n);

/** Of the same edit the copy with the earlier stamp counts: somebody found its clock to be ahead. */
function newer(one: Write, other: Write): Write {
  if (one.n !== other.n) return one.n > other.n ? one : other;
  return compareStamps(one.stamp, other.stamp) <= 0 ? one : other;
}

/** A field that one replica has written, having seen all that was in it. */
export function writeField(before: Field, write: Omit<Write, 'n'>, now: number): Field {
  // At least the time, so that a replica that was set back by a backup does not give a number twice.
  const n = Math.max(seenOf(before.seen, write.replica) + 1, Math.floor(now));
  return { seen: { ...before.seen, [write.replica]: n }, writes: [{ ...write, n }] };
}

export const sameField = (one: Field, other: Field): boolean => versionOf(one) === versionOf(other);

/** A text that two fields share exactly when they hold the same. */
export function versionOf({ seen, writes }: Field): string {
  const vector = Object.entries(seen).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([vector, writes.map(({ replica, n, stamp }) => [replica, n, stamp.wall, stamp.counter])]);
}
