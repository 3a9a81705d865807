import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { encodeReading, type Fold, type LedgerRow, localClass, quality } from '@selvedge/protocol';
import { openStore, scratchPath } from '../../../../test/open-store.ts';
import { aReading, type ShippedJournal, shippedJournal } from '../../../../test/shipped-journal.ts';
import { type Tamper, tamper } from '../../../../test/tamper.ts';
import type { ShippedBatch } from '../../../ports.ts';
import { migrations } from '../migrations.ts';

const [node, epoch, minute] = ['edge-1', '0123456789ab', 60_000];

/** Three readings that stay at the site, as they are shipped: only their place in the chain, or only the ends of a run. */
function local(journal: ShippedJournal, asRun: boolean): ShippedBatch {
  const reading = encodeReading(aReading({ device: 'pump-7', quality: quality.folded }));
  const batch = { ...journal.batch([reading, reading, reading], { klass: localClass }), body: undefined };
  return asRun ? { ...batch, bodyDigest: new Uint8Array(0), bodyLength: 0 } : batch;
}

const door = (source: string, journaled: number): LedgerRow => ({
  ...{ source, received: journaled, refused: 0, duplicates: 0, quarantined: 0, journaled },
});

const metric = { metric: 't', count: 3, min: 1, max: 3, mean: 2, deviation: 0.5, first: 1, last: 3 };

/** What a story may have otherwise in its second minute. */
interface Twist {
  readonly asRun?: boolean;
  readonly journaled?: number;
  readonly folded?: number;
  readonly aggregated?: number;
}

/** Three minutes, each with two raw readings and three folded ones of pump-7, one raw of fan-1, and its closing. */
function threeMinutes({
  asRun = false,
  journaled = 5,
  folded = 3,
  aggregated = 3,
}: Twist = {}): readonly ShippedBatch[] {
  const journal = shippedJournal();
  let from = 0;
  return [0, 1, 2].flatMap((index) => {
    const batches = [
      journal.readings(aReading({ device: 'pump-7' }), aReading({ device: 'pump-7' })),
      local(journal, asRun),
      journal.readings(aReading({ device: 'fan-1' })),
    ];
    const to = batches[2]!.firstOffset + 1;
    const times = { from: index * minute, to: (index + 1) * minute, offsets: { from, to } };
    from = to;
    const isTwisted = index === 1;
    const told = isTwisted ? aggregated : 3;
    const aggregate = { from: times.from, to: times.to - 1, count: told, metrics: [metric] };
    const count = isTwisted ? folded : 3;
    const row = { source: 'pump-7', reason: 'folded', policy: 'p', count, aggregate, open: 0 } as const;
    const fold: Fold = { ...times, derivedBefore: to, rows: [row] };
    const rows = [door('pump-7', isTwisted ? journaled : 5), door('fan-1', 1)];
    return [...batches, journal.record('ledger', { ...times, rows }), journal.record('fold', fold)];
  });
}

async function auditOf(t: TestContext, batches: readonly ShippedBatch[], work?: (hand: Tamper) => void) {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  await ship(...batches);
  await store.stop();
  if (work) tamper(path, work);
  const again = await openStore(t, { path, worker: false });
  return { ...(await again.store.auditor.store(node, epoch)), opened: again.store };
}

const why = ({ broken }: { readonly broken: readonly { readonly why: string }[] }): string =>
  broken.map((one) => one.why).join('\n');

test('books: readings that stay at the site are accounted for, shipped one by one or as a run [LED-5] [ROU-21]', async (t) => {
  for (const asRun of [false, true]) {
    const { closings, broken, local: kept, expired, rows, opened } = await auditOf(t, threeMinutes({ asRun }));
    assert.deepEqual([closings, broken, kept, expired], [{ judged: 3, imbalances: [] }, [], 9, 0]);
    const pump = rows.find(({ source }) => source === 'pump-7')!;
    assert.deepEqual([pump.journaled, pump.stored, pump.folded, pump.withheld], [15, 6, 9, 0]);
    const range = { from: 0, to: 3 * minute, points: 3 };
    const series = await opened.telemetry.series('pump-7', 't', range);
    assert.deepEqual(
      series.map(({ count, min, max, mean }) => [count, min, max, mean]),
      [
        [3, 1, 3, 2],
        [3, 1, 3, 2],
        [3, 1, 3, 2],
      ],
    );
    assert.ok((await opened.telemetry.metrics('pump-7')).includes('t'));
  }
});

test('books: a term that does not add up is named with source and interval [LED-6]', async (t) => {
  const found = async (twist: Twist) => {
    const { closings } = await auditOf(t, threeMinutes(twist));
    return closings.imbalances.map(({ source, from, why: reason }) => [source, from, reason]);
  };
  assert.deepEqual(await found({ journaled: 6 }), [
    ['pump-7', minute, 'journaled 6, but raw 2 + folded 3 + withheld 0 + expired 0'],
  ]);
  assert.deepEqual(await found({ folded: 4, journaled: 6, aggregated: 4 }), [
    ['', minute, '3 readings were kept at the site, the books say 4'],
  ]);
  assert.deepEqual(await found({ aggregated: 2 }), [
    ['pump-7', minute, 'folded 3 readings, but aggregated 2 + open 0'],
  ]);
});

test('books: a closing that was taken out of the log is missed [LED-6] [CLD-18]', async (t) => {
  const gone = await auditOf(t, threeMinutes(), ({ run }) =>
    run('delete from log where journal = 1 and klass = 2 and first_offset < 10'),
  );
  assert.match(why(gone), /the log claims offsets/);
});

test('books: a fold that was deleted, changed or swapped in the table is named by its source [LED-7]', async (t) => {
  const changes = [
    'delete from fold where from_offset = 0',
    'update fold set count = 4 where from_offset = 0',
    `update fold set metrics = replace(metrics, '"max":3', '"max":4') where from_offset = 0`,
    "update fold set source = 'fan-1' where from_offset = 0",
    'update fold set to_offset = to_offset + 100 where from_offset = 0',
    'insert into fold select journal, from_offset + 1, to_offset, source, policy, count, told, taken_from, taken_to, metrics from fold limit 1',
  ];
  for (const change of changes) {
    const audit = await auditOf(t, threeMinutes(), ({ run }) => run(change));
    assert.match(why(audit), /the folds of (pump-7|fan-1) are other than their records in the log say/, change);
  }
});

test('books: a run that stays at the site and was deleted, shortened or moved is named [LED-7] [CLD-18]', async (t) => {
  const changes = [
    'delete from log where klass = 4 and first_offset = 2',
    'update log set count = 2 where klass = 4 and first_offset = 2',
    'update log set hash = prev_hash where klass = 4 and first_offset = 2',
    'update log set klass = 1 where klass = 4 and first_offset = 2',
  ];
  for (const asRun of [false, true])
    for (const change of changes) {
      const audit = await auditOf(t, threeMinutes({ asRun }), ({ run }) => run(change));
      assert.ok(audit.broken.length > 0, `${change} of a ${asRun ? 'run' : 'batch'}`);
    }
});

test('books: what is still on its way is waited for, and what the node has let go is not [LED-8]', async (t) => {
  const { store, ship } = await openStore(t, { path: ':memory:', worker: false });
  const batches = threeMinutes();
  await ship(...batches.filter((_, index) => index !== 7));
  const waiting = await store.auditor.books(node, epoch, { from: 0, base: 0, open: undefined });
  assert.deepEqual([waiting.judged, waiting.imbalances, waiting.more], [0, [], false]);
  const given = await store.auditor.books(node, epoch, { from: 0, base: 14, open: undefined });
  assert.deepEqual([given.judged, given.imbalances], [2, []]);
  await ship(batches[7]!);
  const whole = await store.auditor.books(node, epoch, { from: 0, base: 0, open: undefined });
  assert.deepEqual([whole.judged, whole.imbalances], [2, []]);
  assert.deepEqual(await store.auditor.books(node, epoch, { from: whole.judgedTo, base: 0, open: whole.open }), {
    ...{ judged: 0, judgedTo: whole.judgedTo, imbalances: [], more: false },
    open: whole.open,
  });
});

test('audit: with a beginning only what was journaled from then on is compared, and the chain all the same [LED-10]', async (t) => {
  const batches = threeMinutes();
  const late = batches.map((batch, index) => (index < 10 ? batch : { ...batch }));
  const { store, ship } = await openStore(t, { path: ':memory:', worker: false });
  await ship(...late);
  const { held, readings, records } = await store.auditor.store(node, epoch, Number.MAX_SAFE_INTEGER);
  assert.deepEqual([held, readings, records], [[[0, 24]], 0, 24]);
});

/** As in the file's header of every database of a cloud. */
const applicationId = 0x53_4c_56_47;

test('books: a database from before there were folds opens, and takes them', async (t) => {
  const path = scratchPath(t);
  const old = new DatabaseSync(path);
  old.exec(`${migrations[0]!}; pragma user_version = 1; pragma application_id = ${applicationId}`);
  old.close();
  const { store, ship } = await openStore(t, { path, worker: false });
  await ship(...threeMinutes());
  const { closings, broken } = await store.auditor.store(node, epoch);
  assert.deepEqual([closings, broken], [{ judged: 3, imbalances: [] }, []]);
});
