import { balance } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { places } from '../../../engines/audit/places.ts';
import type { SeqRun } from '../../../engines/names/claim-names.ts';
import { runsOf } from '../../../engines/names/claim-names.ts';
import { type ReadingRow, utf8 } from '../../../engines/telemetry/reading-row.ts';
import { rowFingerprints } from '../audit/fingerprint.ts';
import { foldMarks } from '../audit/fold-marks.ts';
import { ledgerTotals } from '../audit/ledger-totals.ts';
import { noNames } from '../audit/name-claims.ts';
import { addToSeal, type Policy, policyOf } from '../audit/policy.ts';
import { auditReadings, noCounts, type Witness } from '../audit/readings-audit.ts';
import { acknowledgedRuns } from '../log.ts';
import type { Tables } from '../tables.ts';
import type { AccountWorld } from './account-log.ts';
import { settledTo } from './pruned.ts';

/** Chunks that are about to go, and what has to be noted of them. */
export interface TelemetryAccount {
  readonly journal: number;
  readonly from: number;
  readonly to: number;
  /** As it was when this was found. */
  readonly logTo: number;
  readonly chunks: readonly number[];
  readonly bytes: number;
  readonly readings: number;
  /** Of these, what the log still has; and what was other than there. */
  readonly gone: number;
  readonly doubled: number;
  readonly altered: number;
  /** Of these, what the log has not any more. */
  readonly unsealed: Witness['seal'];
  /** Readings of the log before `to` that telemetry lacks for another reason. */
  readonly absent: readonly (readonly [offset: number, what: string])[];
  readonly names: readonly (SeqRun & { readonly device: number; readonly boot: number })[];
}

/** Chunks of one turn, and offsets that are compared for it. */
const turnMax = { chunks: 128, offsets: 2 ** 18 };

/** Looks through the oldest chunks that may go; undefined when there are none. It only reads. */
export async function accountTelemetry(world: AccountWorld, before?: number): Promise<TelemetryAccount | undefined> {
  const { db } = world;
  for (const journal of await oldestFirst(db)) {
    const policy = await policyOf(db, journal);
    const settled = await settledTo(db, journal, await acknowledgedRuns(db, journal));
    const target = before === undefined ? settled : Math.min(settled, await placeAt(db, journal, policy, before));
    const found = target > policy.telemetry_to ? await chunksBelow(db, journal, policy, target) : undefined;
    if (found) return account(world, journal, policy, found);
  }
  return undefined;
}

/** Journals by the age of their first chunk. */
async function oldestFirst(db: Kysely<Tables>): Promise<readonly number[]> {
  const firsts: { readonly id: number; readonly at: number }[] = [];
  for (const { id } of await db.selectFrom('journal').select('id').execute()) {
    const row = await db
      .selectFrom('chunk')
      .select('taken_to')
      .where('journal', '=', id)
      .orderBy('offset_to')
      .limit(1)
      .executeTakeFirst();
    if (row) firsts.push({ id, at: row.taken_to });
  }
  return firsts.sort((one, other) => one.at - other.at).map(({ id }) => id);
}

/** All before the offset was journaled before the moment: by the log, or by what was noted when that part of it went. */
async function placeAt(db: Kysely<Tables>, journal: number, { log_to }: Policy, moment: number): Promise<number> {
  const hour = Math.floor(moment / 3_600_000);
  const known = await db
    .selectFrom('pruned_place')
    .select((eb) => eb.fn.max('to_offset').as('to'))
    .where('journal', '=', journal)
    .where('hour', '<', hour)
    .executeTakeFirst();
  const logged = (from: number) =>
    db
      .selectFrom('log')
      .select(['first_offset', 'count', 'appended_at'])
      .where('journal', '=', journal)
      .where('first_offset', '>=', from)
      .orderBy('first_offset')
      .limit(1)
      .executeTakeFirst();
  const first = await logged(log_to);
  if (!first || first.appended_at >= moment) return known?.to ?? 0;
  const last = await db
    .selectFrom('log')
    .select((eb) => eb.fn.max('first_offset').as('offset'))
    .where('journal', '=', journal)
    .executeTakeFirstOrThrow();
  // Batches were journaled one after the other, so their times ascend but for a clock that was set.
  let [low, high] = [first.first_offset, last.offset + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const row = await logged(middle);
    if (row && row.appended_at < moment) low = middle;
    else high = middle;
  }
  const newest = await logged(low);
  return newest ? newest.first_offset + newest.count : low;
}

interface Found {
  readonly to: number;
  readonly chunks: readonly { readonly id: number; readonly device: number; readonly bytes: number }[];
}

async function chunksBelow(
  db: Kysely<Tables>,
  journal: number,
  { log_to, telemetry_to }: Policy,
  target: number,
): Promise<Found | undefined> {
  const rows = await db
    .selectFrom('chunk')
    .select(['id', 'device', 'offset_to'])
    .select((eb) => eb.fn<number>('length', ['body']).as('bytes'))
    .where('journal', '=', journal)
    .where('offset_to', '<', target)
    .orderBy('offset_to')
    .limit(turnMax.chunks)
    .execute();
  if (rows.length === 0) return undefined;
  let to = rows.length < turnMax.chunks ? target : rows.at(-1)!.offset_to + 1;
  to = Math.min(to, Math.max(log_to, telemetry_to, rows[0]!.offset_to + 1) + turnMax.offsets);
  if (to > log_to) to = Math.max(log_to, await batchBegin(db, journal, to));
  if (to <= telemetry_to) return undefined;
  return { to, chunks: rows.filter((row) => row.offset_to < to) };
}

/** Where the batch begins that holds the offset, or the one before it. */
async function batchBegin(db: Kysely<Tables>, journal: number, offset: number): Promise<number> {
  const row = await db
    .selectFrom('log')
    .select(['first_offset', 'count'])
    .where('journal', '=', journal)
    .where('first_offset', '<', offset)
    .orderBy('first_offset', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return 0;
  return row.first_offset + row.count <= offset ? offset : row.first_offset;
}

async function account(world: AccountWorld, journal: number, policy: Policy, found: Found): Promise<TelemetryAccount> {
  const { db, chunks } = world;
  const from = Math.max(policy.log_to, policy.telemetry_to);
  const witness: Witness = { seal: { rows: 0, sum: 0 }, absent: new Map(), wrong: new Map() };
  if (found.to > from) await compare(world, journal, policy, { from, to: found.to }, witness);
  const unsealed = { rows: 0, sum: 0 };
  const fingerprint = rowFingerprints();
  const names: (SeqRun & { readonly device: number; readonly boot: number })[] = [];
  const counts = { readings: 0, gone: 0, doubled: 0, altered: 0 };
  for (const { id, device } of found.chunks) {
    const row = await db
      .selectFrom('chunk')
      .leftJoin('device', 'device.number', 'chunk.device')
      .select(['body', 'device.id as name'])
      .where('chunk.id', '=', id)
      .executeTakeFirstOrThrow();
    const opened = chunks.chunk(row.name ?? '', row.body);
    const rows: readonly ReadingRow[] = opened.ok ? opened.value : [];
    const deviceUtf8 = utf8(row.name ?? '');
    for (const one of rows) {
      counts.readings += 1;
      const wrong = witness.wrong.get(one.offset);
      if (one.offset < policy.log_to) addToSeal(unsealed, fingerprint(one, deviceUtf8));
      else if (wrong !== 'doubled') counts.gone += 1;
      if (wrong !== undefined) counts[wrong] += 1;
    }
    const named = Map.groupBy(
      rows.filter(({ boot }) => boot >= 0),
      ({ boot }) => boot,
    );
    for (const [boot, inBoot] of named)
      for (const run of runsOf(inBoot.map(({ seq }) => seq))) names.push({ device, boot, ...run });
    await world.pause();
  }
  return {
    ...{ journal, from: policy.telemetry_to, to: found.to, logTo: policy.log_to, unsealed, names, ...counts },
    chunks: found.chunks.map(({ id }) => id),
    bytes: found.chunks.reduce((sum, { bytes }) => sum + bytes, 0),
    absent: [...witness.absent],
  };
}

/** Compares the part with the log while both have it, so that what is absent afterwards can be told apart. */
async function compare(
  { db, chunks, pause }: AccountWorld,
  journal: number,
  policy: Policy,
  part: { readonly from: number; readonly to: number },
  witness: Witness,
): Promise<void> {
  const { position } = await db.selectFrom('consumer').select('position').executeTakeFirstOrThrow();
  await auditReadings({
    ...{ db, chunks, pause, journal, position, policy, witness, ...part, end: part.to },
    ...{ places: places(), ledger: ledgerTotals(), folds: foldMarks(), names: noNames, counts: noCounts() },
    books: { balance: balance(part.from), end: part.from },
  });
}
