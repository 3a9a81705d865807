import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** The number of a journal, or undefined when nothing of it was ever shipped. */
export async function findJournal(db: Kysely<Tables>, node: string, epoch: string): Promise<number | undefined> {
  const found = await db
    .selectFrom('journal')
    .select('id')
    .where('node', '=', node)
    .where('epoch', '=', epoch)
    .executeTakeFirst();
  return found?.id;
}

/** The number of a journal, given to it now if it has none. */
export async function journalNumber(db: Kysely<Tables>, node: string, epoch: string): Promise<number> {
  const found = await findJournal(db, node, epoch);
  if (found !== undefined) return found;
  const created = await db.insertInto('journal').values({ node, epoch }).returning('id').executeTakeFirstOrThrow();
  return created.id;
}
