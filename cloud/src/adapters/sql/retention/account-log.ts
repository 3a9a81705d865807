import { Buffer } from 'node:buffer';
import { balance } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { type ChainWalk, chainWalk } from '../../../engines/audit/chain-walk.ts';
import { type Places, places } from '../../../engines/audit/places.ts';
import type { StoreAuditRow } from '../../../ports.ts';
import { foldMarks } from '../audit/fold-marks.ts';
import { ledgerTotals } from '../audit/ledger-totals.ts';
import { type LoggedRow, loggedRows } from '../audit/logged-rows.ts';
import { noNames } from '../audit/name-claims.ts';
import { policyOf } from '../audit/policy.ts';
import { auditReadings, noCounts, type ReadingsAudit, type Witness } from '../audit/readings-audit.ts';
import type { Chunks } from '../chunks.ts';
import { acknowledgedRuns } from '../log.ts';
import type { Blob, Tables } from '../tables.ts';
import { settledTo } from './pruned.ts';

/** The beginning of a journal's log that is about to go, and what an audit finds of it. */
export interface LogAccount {
  readonly journal: number;
  readonly from: number;
  readonly to: number;
  /** Hash of the last batch, and when it was journaled. */
  readonly hash: Blob;
  readonly lastAt: number;
  readonly batches: number;
  readonly bytes: number;
  /** As it was when this was found. */
  readonly telemetryTo: number;
  /** To be added to what was noted before. */
  readonly found: Readonly<Record<Noted, number>>;
  /** Readings among them that telemetry does not have any more by policy. */
  readonly gone: number;
  readonly seal: Witness['seal'];
  /** Up to here all records of closings are among them; 0 where nothing can be said. */
  readonly foldsTo: number;
  readonly sources: readonly SourceAccount[];
}

export interface SourceAccount extends StoreAuditRow {
  readonly foldRows: number;
  readonly foldSum: number;
}

/** What is summed up of all that ever went. */
export const noted = [
  ...(['records', 'readings', 'duplicates', 'lost', 'doubled', 'altered', 'expired', 'local'] as const),
  ...(['absent', 'aside', 'broken', 'imbalances'] as const),
] as const;
type Noted = (typeof noted)[number];

export interface AccountWorld {
  readonly db: Kysely<Tables>;
  readonly chunks: Chunks;
  readonly pause: () => Promise<void>;
}

/** What one turn takes at most: its deletion is one transaction, which appends have to wait for. */
const turnMax = { batches: 2_048, bytes: 8 * 2 ** 20, offsets: 2 ** 17 };

/** Looks through the oldest batches that may go; undefined when there are none. It only reads. */
export async function accountLog(world: AccountWorld, before = Infinity): Promise<LogAccount | undefined> {
  const { db } = world;
  for (const journal of await oldestFirst(db, before)) {
    const acknowledged = await acknowledgedRuns(db, journal);
    const rows = await rowsToGo(db, journal, await settledTo(db, journal, acknowledged), before);
    if (rows.length > 0) return account(world, journal, rows);
  }
  return undefined;
}

/** Journals by the age of their first batch, those whose first is young enough left out. */
async function oldestFirst(db: Kysely<Tables>, before: number): Promise<readonly number[]> {
  const firsts: { readonly id: number; readonly at: number }[] = [];
  for (const { id } of await db.selectFrom('journal').select('id').execute()) {
    const row = await db
      .selectFrom('log')
      .select('appended_at')
      .where('journal', '=', id)
      .orderBy('first_offset')
      .limit(1)
      .executeTakeFirst();
    if (row && row.appended_at < before) firsts.push({ id, at: row.appended_at });
  }
  return firsts.sort((one, other) => one.at - other.at).map(({ id }) => id);
}

async function rowsToGo(
  db: Kysely<Tables>,
  journal: number,
  settled: number,
  before: number,
): Promise<readonly LoggedRow[]> {
  const taken: LoggedRow[] = [];
  let bytes = 0;
  for await (const page of loggedRows(db, { journal, from: 0, to: settled, withBodies: false })) {
    for (const row of page) {
      const end = row.firstOffset + row.count;
      bytes += row.bodyLength;
      if (end > settled || row.appendedAt >= before) return taken;
      const offsets = end - (taken[0]?.firstOffset ?? row.firstOffset);
      const isEnough = taken.length >= turnMax.batches || bytes > turnMax.bytes || offsets > turnMax.offsets;
      if (taken.length > 0 && isEnough) return taken;
      taken.push(row);
    }
  }
  return taken;
}

async function account(
  { db, chunks, pause }: AccountWorld,
  journal: number,
  rows: readonly LoggedRow[],
): Promise<LogAccount> {
  const policy = await policyOf(db, journal);
  const last = rows.at(-1)!;
  const part: Part = { from: policy.log_to, to: last.firstOffset + last.count };
  const found = places();
  const walk = followed(rows, part, policy.log_hash, found);
  const { position } = await db.selectFrom('consumer').select('position').executeTakeFirstOrThrow();
  const books = { balance: balance(part.from), end: part.from };
  const witness: Witness = { seal: { rows: 0, sum: 0 }, absent: new Map(), wrong: new Map() };
  const audit: ReadingsAudit = {
    ...{ db, chunks, pause, journal, position, policy, witness, places: found, books, ...part, end: part.to },
    ...{ ledger: ledgerTotals(), folds: foldMarks(policy.folds_pruned_to), names: noNames, counts: noCounts() },
  };
  await auditReadings(audit);
  const { counts, ledger, folds } = audit;
  const { judged, judgedTo, imbalances, totals } = books.balance;
  const holes = part.to - part.from - walk.records;
  const aside = await setAsideWithin(db, journal, part);
  // What is lost, doubled or altered is counted by itself.
  const broken = found.all().length - counts.lost - counts.doubled - counts.altered;
  return {
    ...{ journal, from: part.from, to: part.to, hash: last.hash, lastAt: last.appendedAt, batches: rows.length },
    bytes: await bytesOf(db, journal, part),
    telemetryTo: policy.telemetry_to,
    found: {
      ...{ records: walk.records, readings: counts.readings, duplicates: counts.duplicates, lost: counts.lost },
      ...{ doubled: counts.doubled, altered: counts.altered, expired: walk.expired, local: walk.local },
      ...{ absent: holes - aside, aside, broken: Math.max(0, broken), imbalances: imbalances.length },
    },
    gone: counts.pruned,
    seal: witness.seal,
    foldsTo: judged > 0 ? judgedTo : 0,
    sources: sourcesOf(ledger.rows(totals), folds.marks),
  };
}

interface Part {
  readonly from: number;
  readonly to: number;
}

function followed(rows: readonly LoggedRow[], { from }: Part, before: Uint8Array, found: Places): ChainWalk {
  const walk = chainWalk(found);
  for (const row of rows) walk.add({ ...row });
  const [first] = walk.runs;
  if (first && from > 0 && first.from === from && Buffer.compare(first.before, before) !== 0)
    found.add(from, 'the batch does not follow the hash that was noted when those before it went');
  return walk;
}

function sourcesOf(
  rows: readonly StoreAuditRow[],
  marks: ReadonlyMap<string, { readonly rows: number; readonly sum: number }>,
): readonly SourceAccount[] {
  const none = { received: 0, refused: 0, duplicates: 0, quarantined: 0, journaled: 0 };
  const empty = { ...none, stored: 0, folded: 0, withheld: 0, expired: 0 };
  const known = new Map(rows.map((row) => [row.source, row]));
  return [...new Set([...known.keys(), ...marks.keys()])].map((source) => ({
    ...(known.get(source) ?? { source, ...empty }),
    foldRows: marks.get(source)?.rows ?? 0,
    foldSum: marks.get(source)?.sum ?? 0,
  }));
}

/** Offsets of whole batches that were set aside. */
async function setAsideWithin(db: Kysely<Tables>, journal: number, { from, to }: Part): Promise<number> {
  const rows = await db
    .selectFrom('aside')
    .select(['first_offset', 'count'])
    .where('journal', '=', journal)
    .where('whole', '=', 1)
    .where('first_offset', '>=', from)
    .where('first_offset', '<', to)
    .execute();
  return rows.reduce((sum, { count }) => sum + count, 0);
}

async function bytesOf(db: Kysely<Tables>, journal: number, { from, to }: Part): Promise<number> {
  const { bytes } = await db
    .selectFrom('log')
    .select((eb) => eb.fn.sum<number | null>(eb.fn<number>('length', ['body'])).as('bytes'))
    .where('journal', '=', journal)
    .where('first_offset', '>=', from)
    .where('first_offset', '<', to)
    .executeTakeFirstOrThrow();
  return bytes ?? 0;
}
