import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodeReading, encodeRecord, type Fold, localClass, quality } from '@selvedge/protocol';
import { openStore, scratchPath } from '../../../../test/open-store.ts';
import { aNamed, aReading, shippedJournal, shipTime, stubOf } from '../../../../test/shipped-journal.ts';
import { tamper } from '../../../../test/tamper.ts';
import type { KeptKind, ShippedBatch } from '../../../ports.ts';

const minute = 60_000;
const epoch = '0123456789ab';
const metric = { metric: 't', count: 3, min: 1, max: 3, mean: 2, deviation: 0.5, first: 1, last: 3 };

/** Minutes of twenty raw readings and three folded ones, each with its closing in two records. */
function closedMinutes(count: number): readonly ShippedBatch[] {
  const journal = shippedJournal();
  let from = 0;
  return Array.from({ length: count }, (_, index) => {
    const at = { at: shipTime + index * minute };
    const raw = Array.from({ length: 20 }, (__, i) => encodeReading(aNamed(index * 20 + i)));
    const kept = encodeReading(aReading({ quality: quality.folded }));
    const readings = journal.batch(raw, at);
    const local = stubOf(journal.batch([kept, kept, kept], { ...at, klass: localClass }));
    const to = local.firstOffset + 3;
    const times = { from: index * minute, to: (index + 1) * minute, offsets: { from, to } };
    from = to;
    const aggregate = { from: times.from, to: times.to - 1, count: 3, metrics: [metric] };
    const row = { source: 'pump-7', reason: 'folded', policy: 'p', count: 3, aggregate, open: 0 } as const;
    const fold: Fold = { ...times, derivedBefore: to, rows: [row] };
    const door = { source: 'pump-7', received: 23, refused: 0, duplicates: 0, quarantined: 0, journaled: 23 };
    const ledger = journal.batch([encodeRecord('ledger', { ...times, rows: [door] })], { ...at, klass: 3 });
    return [readings, local, ledger, journal.batch([encodeRecord('fold', fold)], { ...at, klass: 2 })];
  }).flat();
}

async function closed(t: TestContext) {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  await ship(...closedMinutes(180));
  const prune = async (kind: KeptKind, to: number): Promise<number> => {
    const wish = { kind, why: 'age', before: shipTime + to * minute, at: 1 } as const;
    const { rows } = await store.retention.prune(wish);
    return rows === 0 ? 0 : rows + (await prune(kind, to));
  };
  return { path, store, prune, audit: () => store.auditor.store('edge-1', epoch) };
}

test('retention: the books balance whatever went, and folds go when their closings and readings have [CLD-35] [LED-5]', async (t) => {
  const { path, prune, audit } = await closed(t);
  const before = await audit();
  assert.deepEqual([before.broken, before.closings], [[], { judged: 180, imbalances: [] }]);
  let folds = 180;
  for (const [kind, to] of [
    ['log', 36],
    ['telemetry', 120],
    ['log', 93],
    ['log', 150],
    ['telemetry', 180],
  ] as const) {
    assert.ok((await prune(kind, to)) > 0);
    const { broken, closings, local, records, rows } = await audit();
    assert.deepEqual([broken, closings.imbalances, local, records], [[], [], 540, before.records], `${kind} to ${to}`);
    assert.equal(rows[0]!.journaled, 180 * 23);
    tamper(path, ({ one }) => (folds = Number(one('select count(*) as count from fold')['count'])));
  }
  assert.ok(folds > 0 && folds < 90, `${folds} folds`);
  tamper(path, ({ run }) => run('delete from fold where to_offset = (select min(to_offset) from fold)'));
  assert.match((await audit()).broken[0]!.why, /the folds of pump-7 are other than their records in the log say/);
});

test('retention: a batch that was set aside stays named, and counts as acknowledged, when it has gone [CLD-34, CLD-35]', async (t) => {
  const { store, ship } = await openStore(t, { path: ':memory:', worker: false });
  const [one, two, three] = [shippedJournal(), shippedJournal(), shippedJournal()].map((journal, index) => {
    for (let i = 0; i < index; i++) journal.readings(aNamed(i));
    return journal.readings(aNamed(index));
  });
  await ship(one!, three!);
  await store.log.setAside(two!, 'LINK_BATCH_BROKEN', 'digest');
  const prune = (kind: KeptKind) => store.retention.prune({ kind, why: 'disk', at: 1 });
  assert.deepEqual([(await prune('setAside')).rows, (await prune('log')).rows], [0, 2]);
  assert.equal((await prune('setAside')).rows, 1);
  const { pruned, broken, held } = await store.auditor.store('edge-1', epoch);
  assert.deepEqual([pruned.aside, broken, held], [1, [], [[0, 3]]]);
  assert.deepEqual(await store.log.acknowledged('edge-1', epoch), [[0, 3]]);
});

test('retention: of the other kinds only what is done with goes [CLD-33]', async (t) => {
  const { store, ship } = await openStore(t, { path: ':memory:', worker: false });
  const journal = shippedJournal();
  const alert = {
    device: 'pump-7',
    type: 'threshold',
    severity: 'major',
    metric: 't',
    value: 1,
    message: 'hot',
  } as const;
  for (const [id, rule] of [
    ['a', 'one'],
    ['b', 'two'],
  ] as const)
    await ship(journal.record('alert', { ...alert, id, rule, raisedAt: shipTime, data: {} }));
  await store.alerts.clear('a', 'me', shipTime + minute);
  const what = { topic: 't', receivedAt: shipTime, reason: 'malformed', why: 'x', payload: 'eA==', payloadBytes: 1 };
  await ship(journal.record('quarantine', { source: 'pump-7', ...what } as never));
  const turn = async (kind: KeptKind, before: number): Promise<number> =>
    (await store.retention.prune({ kind, why: 'age', before, at: 1 })).rows;
  assert.deepEqual([await turn('alerts', shipTime + minute), await turn('alerts', shipTime + 2 * minute)], [0, 1]);
  assert.deepEqual(
    (await store.alerts.list({ limit: 9 })).map(({ id }) => id),
    ['b'],
  );
  const quarantined = await store.quarantine.total();
  assert.equal(await turn('quarantine', shipTime + 1), quarantined);
  assert.ok((await store.retention.bytesOf('alerts')) > 0 && (await store.retention.bytesOf('log')) > 0);
  for (const kind of ['commands', 'statistics', 'notes'] as const) assert.equal(await turn(kind, 1e15), 0);
});
