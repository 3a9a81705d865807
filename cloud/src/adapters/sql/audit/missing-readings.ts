import { forEachRecord } from '@selvedge/journal';
import type { Kysely } from 'kysely';
import type { ReadingRow } from '../../../engines/telemetry/reading-row.ts';
import type { Chunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';
import { checkedBody } from './checked-body.ts';
import { loggedRows } from './logged-rows.ts';

/** A reading of the log that telemetry does not have under its offset. */
export interface MissingReading {
  readonly row: ReadingRow;
  /** Whether telemetry has, or had until it went by policy, another reading of the same name, so that this one was rightly not stored again. */
  readonly isDuplicate: boolean;
}

/** Looks up what is missing, page by page. `offsets` are ascending. */
export async function* missingReadings(
  db: Kysely<Tables>,
  chunks: Chunks,
  part: { readonly journal: number; readonly from: number; readonly to: number },
  offsets: Iterable<number>,
): AsyncGenerator<readonly MissingReading[]> {
  const rest = offsets[Symbol.iterator]();
  let next = rest.next();
  if (next.done) return;
  for await (const page of loggedRows(db, { ...part, withBodies: true })) {
    const missing: ReadingRow[] = [];
    for (const logged of page) {
      const body = checkedBody(logged);
      if (!body.ok || !body.value) continue;
      const bytes = body.value;
      forEachRecord(bytes, (start, end, index) => {
        if (next.done || next.value !== logged.firstOffset + index) return;
        const row = chunks.reader.read(bytes, start, end, next.value);
        if (row.ok) missing.push(row.value);
        next = rest.next();
      });
    }
    if (missing.length > 0) yield await judge(db, chunks, missing);
    if (next.done) return;
  }
}

async function judge(
  db: Kysely<Tables>,
  chunks: Chunks,
  missing: readonly ReadingRow[],
): Promise<readonly MissingReading[]> {
  const named = Map.groupBy(
    missing.filter((row) => row.boot >= 0),
    (row) => row.device,
  );
  const stored = new Set<string>();
  for (const [device, rows] of named) {
    const wanted = new Set(rows.map(nameOf));
    for await (const row of sameNames(db, chunks, device, rows)) if (wanted.has(nameOf(row))) stored.add(nameOf(row));
    for (const row of rows) if (!stored.has(nameOf(row)) && (await wasPruned(db, row))) stored.add(nameOf(row));
  }
  return missing.map((row) => ({ row, isDuplicate: row.boot >= 0 && stored.has(nameOf(row)) }));
}

/** Whether the stored reading of this name has gone by policy. */
async function wasPruned(db: Kysely<Tables>, { device, boot, seq }: ReadingRow): Promise<boolean> {
  const run = await db
    .selectFrom('pruned_name')
    .innerJoin('device', 'device.number', 'pruned_name.device')
    .select('seq_to')
    .where('device.id', '=', device)
    .where('boot', '=', boot)
    .where('seq_from', '<=', seq)
    .orderBy('seq_from', 'desc')
    .limit(1)
    .executeTakeFirst();
  return run !== undefined && run.seq_to > seq;
}

const nameOf = ({ device, boot, seq }: ReadingRow): string => `${device}/${boot}/${seq}`;

/** Readings of the device, from whatever journal, in chunks whose names reach into those asked for, and in its tails. */
async function* sameNames(
  db: Kysely<Tables>,
  chunks: Chunks,
  device: string,
  rows: readonly ReadingRow[],
): AsyncGenerator<ReadingRow> {
  const found = await db.selectFrom('device').select('number').where('id', '=', device).executeTakeFirst();
  if (!found) return;
  const boots = rows.map((row) => row.boot);
  const seqs = rows.map((row) => row.seq);
  const ids = await db
    .selectFrom('chunk')
    .select('id')
    .where('device', '=', found.number)
    .where('boot_from', '<=', Math.max(...boots))
    .where('boot_to', '>=', Math.min(...boots))
    .where('seq_from', '<=', Math.max(...seqs))
    .where('seq_to', '>=', Math.min(...seqs))
    .execute();
  for (const { id } of ids) {
    const chunk = await db.selectFrom('chunk').select('body').where('id', '=', id).executeTakeFirstOrThrow();
    const opened = chunks.chunk(device, chunk.body);
    if (opened.ok) yield* opened.value;
  }
  const tails = await db.selectFrom('tail').select('body').where('device', '=', found.number).execute();
  for (const tail of tails) {
    const opened = chunks.tail(device, tail.body);
    if (opened.ok) yield* opened.value;
  }
}
