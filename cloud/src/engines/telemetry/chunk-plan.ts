import type { ReadingRow } from './reading-row.ts';

/** From this many rows on a chunk is full and stays as it is; a larger one would be opened for ever fewer of its rows. */
export const chunkRows = 512;
/** So many rows wait in a tail before they become columns; a step writes each tail anew that it appends to. */
export const tailRows = 8;
/** Chunks of a past day are merged from this many on, though they do not fill one: nothing much will join them. */
const pastChunks = 8;

const dayMs = 86_400_000;

/** The UTC day in which a reading was taken, counted from 1970. A chunk never leaves its day, so a range finds it by its beginning. */
export function dayOf(takenAt: number): number {
  const day = Math.floor(takenAt / dayMs);
  // The quotient is rounded, which can carry a time just before midnight over it.
  return takenAt < day * dayMs ? day - 1 : day;
}
export const dayBegin = (day: number): number => day * dayMs;

/** The rows by day, oldest day first, each day by offset. */
export function splitByDay(
  rows: readonly ReadingRow[],
): readonly { readonly day: number; readonly rows: ReadingRow[] }[] {
  const days = Map.groupBy(rows, (row) => dayOf(row.takenAt));
  return [...days]
    .sort(([one], [other]) => one - other)
    .map(([day, inDay]) => ({ day, rows: inDay.sort((one, other) => one.offset - other.offset) }));
}

/** Cuts rows into even pieces: full ones, or one that is not. */
export function cutRows(rows: readonly ReadingRow[]): readonly (readonly ReadingRow[])[] {
  const pieces = Math.max(1, Math.floor(rows.length / chunkRows));
  const at = (piece: number): number => Math.round((piece * rows.length) / pieces);
  return Array.from({ length: pieces }, (_, piece) => rows.slice(at(piece), at(piece + 1)));
}

/** A chunk that is not full. */
export interface SmallChunk {
  readonly id: number;
  readonly day: number;
  readonly rows: number;
}

/** One day's work: the small chunks to open and take away, and the new rows to write with theirs. */
export interface DayPlan {
  readonly day: number;
  readonly merge: readonly number[];
  readonly rows: readonly ReadingRow[];
}

/**
 * Decides which small chunks the new rows join. A day's chunks are merged once they fill one, so that each reading is
 * written about three times in its life: in the tail, in a small chunk, in a full one.
 */
export function planDays(
  days: readonly { readonly day: number; readonly rows: readonly ReadingRow[] }[],
  small: readonly SmallChunk[],
): readonly DayPlan[] {
  const newest = Math.max(...days.map(({ day }) => day), ...small.map(({ day }) => day));
  const all = new Set([...days.map(({ day }) => day), ...small.map(({ day }) => day)]);
  const plans: DayPlan[] = [];
  for (const day of all) {
    const rows = days.find((one) => one.day === day)?.rows ?? [];
    const there = small.filter((one) => one.day === day);
    const total = there.reduce((sum, one) => sum + one.rows, rows.length);
    const chunks = there.length + (rows.length > 0 ? 1 : 0);
    const merges = chunks > 1 && (total >= chunkRows || (day < newest && chunks >= pastChunks));
    if (merges || rows.length > 0) plans.push({ day, merge: merges ? there.map((one) => one.id) : [], rows });
  }
  return plans;
}
