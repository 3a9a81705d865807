import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Who may come in, by digest: the secrets themselves never reach the database. */
export interface AccessTable {
  addToken(digest: Uint8Array, operator: string): Promise<void>;
  operatorOf(digest: Uint8Array): Promise<string | undefined>;
  endToken(digest: Uint8Array): Promise<void>;
  addOnce(digest: Uint8Array, kind: OnceKind, subject: string, until: number): Promise<void>;
  /**
   * Uses a secret up and gives whom it is for; a second use, or one after `until`, gives undefined. Who says by which key it
   * is used may use it again with the same.
   */
  useOnce(digest: Uint8Array, kind: OnceKind, now: number, by?: Uint8Array): Promise<string | undefined>;
}

/** Milliseconds that a secret is kept beyond its time, for who looks why it was refused. */
const keptFor = 30 * 86_400_000;

export type OnceKind = 'sign-in' | 'enrolment';

export function accessTable(db: Kysely<Tables>): AccessTable {
  return {
    async addToken(digest, operator) {
      await db.insertInto('token').values({ digest, operator }).execute();
    },
    async operatorOf(digest) {
      const found = await db.selectFrom('token').select('operator').where('digest', '=', digest).executeTakeFirst();
      return found?.operator;
    },
    async endToken(digest) {
      await db.deleteFrom('token').where('digest', '=', digest).execute();
    },
    async addOnce(digest, kind, subject, until) {
      await db.insertInto('once').values({ digest, kind, subject, until, used_at: null, used_by: null }).execute();
    },
    async useOnce(digest, kind, now, by) {
      await db
        .deleteFrom('once')
        .where('until', '<', now - keptFor)
        .execute();
      // One statement finds and uses it, so of two that come at once only one gets in.
      const used = await db
        .updateTable('once')
        .set({ used_at: now, used_by: by ?? null })
        .where('digest', '=', digest)
        .where('kind', '=', kind)
        .where((eb) => (by ? eb.or([eb('used_at', 'is', null), eb('used_by', '=', by)]) : eb('used_at', 'is', null)))
        .where('until', '>', now)
        .returning('subject')
        .executeTakeFirst();
      return used?.subject;
    },
  };
}
