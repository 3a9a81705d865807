import type { Kysely } from 'kysely';
import type { Fingerprint } from '../../../engines/audit/offset-tally.ts';
import { type Pruned, readPruned } from '../retention/pruned.ts';
import type { Tables } from '../tables.ts';

/** What became of a reading that the log has and telemetry lacks, before the place up to which telemetry was pruned. */
export type Absence = 'pruned' | 'duplicate' | 'lost';

/** What an audit knows of retention: without it, what has gone by policy would look like loss. */
export interface Policy extends Pruned {
  absence(offset: number): Absence;
}

/** Rows, and the sum of their fingerprints: equal sets have equal seals, in whatever order they come. */
export interface Seal {
  rows: number;
  sum: number;
}

/** Sums stay whole numbers below this. */
export const sumMax = 2 ** 48;

export const addToSeal = (seal: Seal, [high, low]: Fingerprint): void => {
  seal.rows += 1;
  seal.sum = (seal.sum + high * 2 ** 16 + (low >>> 16)) % sumMax;
};

/** Reads what retention has noted of a journal; of readings from `from` on it knows one by one what was absent. */
export async function policyOf(db: Kysely<Tables>, journal: number): Promise<Policy> {
  const pruned = await readPruned(db, journal);
  const rows = await db.selectFrom('pruned_absent').selectAll().where('journal', '=', journal).execute();
  const absent = new Map(rows.map(({ offset, what }) => [offset, what as Absence]));
  return { ...pruned, absence: (offset) => absent.get(offset) ?? 'pruned' };
}
