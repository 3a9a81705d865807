import type { Kysely } from 'kysely';
import type { ReadingRow } from '../../../engines/telemetry/reading-row.ts';
import type { Chunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';
import type { NameClaims } from './name-claims.ts';

/** Readings that another journal holds of a device. */
export interface OtherReadings {
  readonly device: string;
  readonly number: number;
  readonly rows: readonly ReadingRow[];
}

/**
 * What other journals hold of the devices that this one has too. A chunk is opened only if its names reach into those of
 * this journal, which is rare: a device numbers its readings once, whatever node hears them.
 */
export async function* otherReadings(
  db: Kysely<Tables>,
  chunks: Chunks,
  journal: number,
  names: NameClaims,
): AsyncGenerator<OtherReadings> {
  const shared = await db
    .selectFrom('tail as mine')
    .innerJoin('tail as other', 'other.device', 'mine.device')
    .innerJoin('device', 'device.number', 'mine.device')
    .select(['device.id as device', 'device.number as number', 'other.journal as journal', 'other.body as tail'])
    .where('mine.journal', '=', journal)
    .where('other.journal', '<>', journal)
    .execute();
  for (const { device, number, journal: other, tail } of shared) {
    const opened = chunks.tail(device, tail);
    if (opened.ok) yield { device, number, rows: opened.value };
    const ids = new Set<number>();
    for (const { boot, from, to } of names.spans(number)) {
      const meeting = await db
        .selectFrom('chunk')
        .select('id')
        .where('device', '=', number)
        .where('journal', '=', other)
        .where('boot_from', '<=', boot)
        .where('boot_to', '>=', boot)
        .where('seq_from', '<', to)
        .where('seq_to', '>=', from)
        .execute();
      for (const { id } of meeting) ids.add(id);
    }
    for (const id of ids) {
      const row = await db.selectFrom('chunk').select('body').where('id', '=', id).executeTakeFirstOrThrow();
      const rows = chunks.chunk(device, row.body);
      if (rows.ok) yield { device, number, rows: rows.value };
    }
  }
}
