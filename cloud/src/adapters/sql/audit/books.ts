import { balance } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import type { BooksLook, BooksRange } from '../../../ports.ts';
import { acknowledgedRuns } from '../log.ts';
import type { Tables } from '../tables.ts';
import { checkedBody } from './checked-body.ts';
import { loggedRows } from './logged-rows.ts';
import { showBatch } from './show-books.ts';

/** Batches after which a look ends if it has judged something: some seconds of work at most. */
const rowsEnough = 5_000;
/** Batches after which a look gives up on finding a closing: one of a busy minute has fewer, older journals have none. */
const rowsMax = 500_000;

/** Judges the next closings of a journal's books. Reads on until the log has a hole that may still be filled. */
export async function lookAtBooks(
  db: Kysely<Tables>,
  journal: number,
  { from, base, open }: BooksRange,
  pause: () => Promise<void>,
): Promise<BooksLook> {
  const acknowledged = await acknowledgedRuns(db, journal);
  const isFinal = (offset: number): boolean =>
    offset < base || acknowledged.some(([begin, end]) => begin <= offset && offset < end);
  const books = balance(from, open);
  let end = from;
  let rows = 0;
  const look = (more: boolean): BooksLook => ({
    judged: books.judged,
    judgedTo: books.judgedTo,
    imbalances: [...books.imbalances],
    open: [...books.open],
    more,
  });
  for await (const page of loggedRows(db, { journal, from, to: Number.MAX_SAFE_INTEGER, withBodies: true })) {
    for (const row of page) {
      if (row.firstOffset > end && !isFinal(end)) return look(false);
      const body = checkedBody(row);
      showBatch(books, row, body.ok ? body.value : undefined, end);
      end = row.firstOffset + row.count;
    }
    rows += page.length;
    if (rows >= rowsEnough && books.judged > 0) return look(true);
    if (rows >= rowsMax) return { ...look(true), judgedTo: end };
    await pause();
  }
  return look(false);
}
