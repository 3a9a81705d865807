import type { Kysely } from 'kysely';
import type { Quarantine } from '../../ports.ts';
import type { Tables } from './tables.ts';

export function quarantineTable(db: Kysely<Tables>): Quarantine {
  return {
    async list({ device, limit }) {
      const rows = await db
        .selectFrom('quarantined')
        .select(['node', 'source', 'topic', 'received_at as receivedAt', 'reason', 'why', 'payload'])
        .select('payload_bytes as payloadBytes')
        .$if(device !== undefined, (query) => query.where('source', '=', device!))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...row }));
    },
    async total() {
      const { total } = await db
        .selectFrom('quarantined')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },
  };
}
