import type { Kysely } from 'kysely';
import type { LoggedHeader } from '../../../engines/audit/chain-walk.ts';
import type { Tables } from '../tables.ts';

/** Rows read between two pauses; a body has at most 1 MiB, most have a tenth of it. */
const pageRows = 32;

/** A row of the log as it lies there. */
export interface LoggedRow extends LoggedHeader {
  readonly sequence: number;
  /** Still packed; null for a stub, undefined where bodies were not asked for. */
  readonly packed: Uint8Array | null | undefined;
}

/** The log of one journal from the first offset at or after `from` to before `to`, by offset, in pages. */
export async function* loggedRows(
  db: Kysely<Tables>,
  part: { readonly journal: number; readonly from: number; readonly to: number; readonly withBodies: boolean },
): AsyncGenerator<readonly LoggedRow[]> {
  for (let from = part.from, left = true; left; ) {
    const page = await db
      .selectFrom('log')
      .select(['sequence', 'first_offset', 'count', 'klass', 'appended_at', 'body_length'])
      .select(['prev_hash', 'hash', 'body_digest'])
      .select((eb) => eb('body', 'is', null).as('is_stub'))
      .$if(part.withBodies, (query) => query.select('body'))
      .where('journal', '=', part.journal)
      .where('first_offset', '>=', from)
      .where('first_offset', '<', part.to)
      .orderBy('first_offset')
      .limit(pageRows)
      .execute();
    yield page.map((row) => ({
      sequence: row.sequence,
      firstOffset: row.first_offset,
      count: row.count,
      klass: row.klass,
      appendedAt: row.appended_at,
      bodyLength: row.body_length,
      prevHash: row.prev_hash,
      hash: row.hash,
      bodyDigest: row.body_digest,
      isStub: Boolean(row.is_stub),
      packed: row.body,
    }));
    from = (page.at(-1)?.first_offset ?? 0) + 1;
    left = page.length === pageRows;
  }
}
