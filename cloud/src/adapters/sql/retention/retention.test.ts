import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodeReading } from '@selvedge/protocol';
import { type OpenStore, openStore, scratchPath } from '../../../../test/open-store.ts';
import { aNamed, type ShippedJournal, shippedJournal, shipTime } from '../../../../test/shipped-journal.ts';
import { type Tamper, tamper } from '../../../../test/tamper.ts';
import { lookUp } from '../../../engines/link/look-up.ts';
import type { KeptKind, ShippedBatch, StoreAudit } from '../../../ports.ts';

const minute = 60_000;
const epoch = '0123456789ab';

/** Batches a minute apart, of 40 readings each. */
const minutes = (journal: ShippedJournal, from: number, to: number): readonly ShippedBatch[] =>
  Array.from({ length: to - from }, (_, i) =>
    journal.batch(
      Array.from({ length: 40 }, (__, seq) => encodeReading(aNamed((from + i) * 40 + seq))),
      { at: shipTime + (from + i) * minute },
    ),
  );

interface Pruned extends OpenStore {
  readonly path: string;
  readonly journal: ShippedJournal;
  readonly batches: readonly ShippedBatch[];
  audit(): Promise<StoreAudit>;
  prune(kind: KeptKind, minutes?: number): Promise<number>;
  /** What an audit names after a hand behind the store's back was at work. */
  after(work: (hand: Tamper) => void): Promise<string>;
}

async function withMinutes(t: TestContext, count: number): Promise<Pruned> {
  const path = scratchPath(t);
  const open = await openStore(t, { path, worker: false });
  const journal = shippedJournal();
  const batches = minutes(journal, 0, count);
  await open.ship(...batches);
  const audit = () => open.store.auditor.store('edge-1', epoch);
  return {
    ...{ ...open, path, journal, batches, audit },
    async prune(kind, to) {
      const wish = { kind, why: 'age', at: shipTime + 9e9 } as const;
      let rows = 0;
      for (let turn = { rows: 1 }; turn.rows > 0; rows += turn.rows)
        turn = await open.store.retention.prune(to === undefined ? wish : { ...wish, before: shipTime + to * minute });
      return rows;
    },
    async after(work) {
      tamper(path, work);
      const { broken, lost, doubled, altered } = await audit();
      return [...broken.map(({ offset, why }) => `${offset}: ${why}`), `${lost}/${doubled}/${altered}`].join('\n');
    },
  };
}

test('retention: what goes from the log by age stays acknowledged, and an audit says what went and why [CLD-33, CLD-34]', async (t) => {
  const { store, ship, batches, audit, prune, reopen } = await withMinutes(t, 30);
  const before = await audit();
  assert.equal(await prune('log', 20), 20);
  const { held, records, readings, stored, pruned, headHash, broken } = await audit();
  assert.deepEqual(
    [held, records, readings, stored, headHash, broken],
    [before.held, 1_200, 1_200, 1_200, before.headHash, []],
  );
  assert.deepEqual(pruned, {
    ...{ logTo: 800, telemetryTo: 0, records: 800, readings: 0, aside: 0, at: shipTime + 9e9, why: ['age'] },
  });
  assert.deepEqual(await store.log.acknowledged('edge-1', epoch), [[0, 1_200]]);
  assert.deepEqual(
    (await ship(...batches.slice(0, 25))).map(({ kind }) => kind),
    Array(25).fill('held'),
  );
  const again = await reopen();
  const next = minutes(shippedJournal(), 0, 31);
  assert.deepEqual(
    (await again.ship(next[3]!, next[29]!, next[30]!)).map(({ kind }) => kind),
    ['held', 'held', 'appended'],
  );
  const after = await again.store.auditor.store('edge-1', epoch);
  assert.deepEqual([after.held, after.stored, after.broken], [[[0, 1_240]], 1_240, []]);
});

test('retention: a node whose journal ends where the log was pruned is still held to the hash there [CLD-34]', async (t) => {
  const { store, batches, prune } = await withMinutes(t, 10);
  await prune('log');
  const head = { offset: 400, hash: Buffer.from(batches[9]!.hash).toString('hex') };
  const hello = { node: 'edge-1', epoch, head, base: { offset: 0, hash: '' }, software: '', time: 0 };
  const facts = await lookUp(store, 'edge-1', hello);
  assert.deepEqual([facts.end, facts.hashAtHead, facts.acknowledged], [400, head.hash, [[0, 400]]]);
});

test('retention: nothing goes beyond a hole that may still be filled, nor beyond what the consumers have passed [CLD-34]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  const journal = shippedJournal();
  const all = minutes(journal, 0, 10);
  await ship(...all.slice(0, 4), ...all.slice(5));
  const prune = () => store.retention.prune({ kind: 'log', why: 'disk', at: 1 });
  assert.deepEqual([(await prune()).rows, (await prune()).rows], [4, 0]);
  assert.deepEqual(await store.log.acknowledged('edge-1', epoch), [
    [0, 160],
    [200, 400],
  ]);
  // What the node does not have any more can not come.
  await store.registry.nodeSeen('edge-1', epoch, 1);
  const numbers = {
    time: 1,
    startedAt: 1,
    clients: 0,
    devices: 0,
    readingsTotal: 0,
    quarantinedTotal: 0,
    refusedTotal: 0,
  };
  const counts = { ...numbers, unmappedTotal: 0, memoryBytes: 0 };
  const inJournal = { sizeBytes: 1, firstOffset: 200, headOffset: 400, pending: 0, expired: 40 };
  await store.registry.nodeReported('edge-1', { ...counts, mode: 'online', journal: inJournal });
  assert.equal((await prune()).rows, 5);
  const { broken, stored, pruned } = await store.auditor.store('edge-1', epoch);
  assert.deepEqual([broken, stored, pruned.logTo], [[], 360, 400]);
});

test('retention: what the consumers have not passed stays, and goes when they have [CLD-34]', async (t) => {
  const { path, store, clock, prune, journal, audit } = await withMinutes(t, 3);
  tamper(path, ({ run }) =>
    run("create trigger stop before update on consumer begin select raise(abort, 'stopped'); end"),
  );
  const [held] = await store.log.held('edge-1', epoch);
  const batch = journal.readings(aNamed(500), aNamed(501));
  await store.log.append([batch], [{ ...held!, to: 122, after: batch.hash }]);
  assert.equal(await prune('log'), 3);
  tamper(path, ({ run }) => run('drop trigger stop'));
  clock.wake();
  await store.projections.catchUp();
  assert.equal(await prune('log'), 1);
  const { stored, lost, broken, pruned } = await audit();
  assert.deepEqual([stored, lost, broken, pruned.logTo], [122, 0, [], 122]);
});

test('retention: with telemetry kept longer, each change to readings whose batches went is found [CLD-36]', async (t) => {
  const { prune, after, audit } = await withMinutes(t, 30);
  await prune('log', 25);
  assert.deepEqual((await audit()).broken, []);
  const found = await after(({ rewriteChunk }) =>
    rewriteChunk('pump-7', (rows) => rows.with(3, { ...rows[3]!, values: [rows[3]!.values[0]!, 20.000001] })),
  );
  assert.match(found, /^999: telemetry has \d+ readings whose batches went from the log, and they are other than/m);
  const fewer = await after(({ rewriteChunk }) => rewriteChunk('pump-7', (rows) => rows.slice(1)));
  assert.match(fewer, /^999: telemetry has 999 readings whose batches went from the log, 1000 were noted then/m);
});

test('retention: with the log kept longer, an audit knows how many readings may be absent, and which are not [CLD-36]', async (t) => {
  const { prune, after, audit } = await withMinutes(t, 60);
  await prune('telemetry', 40);
  const { readings, stored, pruned, lost, broken, rows } = await audit();
  assert.deepEqual([readings, stored + pruned.readings, lost, broken], [2_400, 2_400, 0, []]);
  assert.ok(pruned.readings >= 512 && pruned.telemetryTo === 1_600, JSON.stringify({ pruned, rows }));
  const more = await after(({ run }) => run('delete from chunk where offset_to >= 1600 and offset_from < 1600'));
  assert.match(
    more,
    /^0: \d+ readings are in the log and before the place up to which telemetry was pruned, \d+ went/m,
  );
});

test('retention: what an audit found wrong when it went stays wrong [CLD-35]', async (t) => {
  const { prune, after, audit } = await withMinutes(t, 30);
  await after(({ rewriteChunk }) => rewriteChunk('pump-7', (rows) => rows.slice(2)));
  assert.equal((await audit()).lost, 2);
  await prune('log', 20);
  const { lost, stored, readings, broken } = await audit();
  assert.deepEqual([lost, stored, readings], [2, 1_198, 1_200], JSON.stringify(broken));
});

test('retention: a notice, a batch or a hash that was changed behind the store’s back is named [CLD-36]', async (t) => {
  for (const [statement, named] of [
    ['update pruned set log_hash = zeroblob(32)', /the batch does not follow the hash that was noted/],
    ['update pruned set log_to = log_to - 40', /claims|whose batches went/],
    ['update log set first_offset = 0 where first_offset = 800', /though all before 800 went by policy/],
    ['delete from pruned', /claims|in telemetry and not in the log/],
    ['update pruned_source set journaled = 9', /the ledger of pump-7 says 0 journaled, its records in the log say 9/],
    ['update pruned set gone = 1', /^800: 0 readings are in the log and before .* 1 went by policy$/m],
  ] as const) {
    const { prune, after } = await withMinutes(t, 30);
    await prune('log', 20);
    assert.match(await after(({ run }) => run(statement)), named, statement);
  }
});

test('retention: a reading that comes again after it went by policy is a duplicate, not lost [CLD-35]', async (t) => {
  const { prune, ship, journal, audit, store } = await withMinutes(t, 60);
  await prune('telemetry', 40);
  await ship(journal.readings(aNamed(3), aNamed(4)));
  const { duplicates, lost, doubled, broken } = await audit();
  assert.deepEqual([duplicates, lost, doubled, broken], [2, 0, 0, []]);
  const found = await store.telemetry.readings('pump-7', { from: 0, to: 1e15, limit: 5 });
  assert.ok(found.every(({ seq = 0 }) => seq > 4));
});
