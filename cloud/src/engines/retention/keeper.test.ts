import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { logTo, seconds } from '@selvedge/kernel';
import { encodeReading } from '@selvedge/protocol';
import { openStore, scratchPath } from '../../../test/open-store.ts';
import { aNamed, shippedJournal, shipTime } from '../../../test/shipped-journal.ts';
import { manualClock } from '../../manual-clock.fixture.ts';
import { cloudMetrics } from '../../metrics.ts';
import { keptKinds, type PruneWish, type Retention } from '../../ports.ts';
import { type RetentionOptions, retentionKeeper } from './keeper.ts';

const second = 1_000;
const unbounded = { ageMax: seconds(0), bytesMax: 0 };
const without: RetentionOptions = {
  ...(Object.fromEntries(keptKinds.map((kind) => [kind, unbounded])) as Record<
    (typeof keptKinds)[number],
    typeof unbounded
  >),
  sizeMax: 0,
  period: seconds(10),
};

/** A retention in memory: by kind, how many rows of ten bytes there are. */
function memoryRetention(rows: Partial<Record<string, number>>): Retention & { readonly wishes: PruneWish[] } {
  const wishes: PruneWish[] = [];
  const bytes = () => Object.values(rows).reduce<number>((sum, count) => sum + 10 * (count ?? 0), 0);
  return {
    wishes,
    use: async () => ({ fileBytes: bytes(), usedBytes: bytes() }),
    bytesOf: async (kind) => 10 * (rows[kind] ?? 0),
    async prune(wish) {
      wishes.push(wish);
      const taken = Math.min(wish.before === undefined ? 1 : 0, rows[wish.kind] ?? 0);
      rows[wish.kind] = (rows[wish.kind] ?? 0) - taken;
      return { rows: taken, readings: 0, bytes: 10 * taken };
    },
    giveBack: async () => 0,
  };
}

async function keeperOf(t: TestContext, options: RetentionOptions, retention: Retention) {
  const clock = manualClock();
  const metrics = cloudMetrics();
  const lines: string[] = [];
  const log = logTo((_level, event) => void lines.push(event), 'debug');
  const keeper = retentionKeeper(options, { clock, log, metrics, retention });
  await keeper.start(new AbortController().signal);
  t.after(() => keeper.stop());
  const look = async (): Promise<void> => {
    await clock.advance(10 * second);
  };
  return { look, metrics, lines };
}

test('retention: what is too old of each kind is asked for, by the clock of now [CLD-33]', async (t) => {
  const retention = memoryRetention({});
  const log = { ageMax: seconds(60), bytesMax: 0 };
  const { look } = await keeperOf(t, { ...without, log, alerts: { ...log, ageMax: seconds(5) } }, retention);
  await look();
  assert.deepEqual(
    retention.wishes.map(({ kind, why, before, at }) => [kind, why, at - before!]),
    [
      ['log', 'age', 60 * second],
      ['alerts', 'age', 5 * second],
    ],
  );
});

test('retention: a kind beyond its bytes gives way until it holds them [CLD-37]', async (t) => {
  const retention = memoryRetention({ log: 30, quarantine: 8 });
  const { look, metrics } = await keeperOf(t, { ...without, quarantine: { ...unbounded, bytesMax: 50 } }, retention);
  await look();
  assert.deepEqual([await retention.bytesOf('quarantine'), await retention.bytesOf('log')], [50, 300]);
  assert.equal(metrics.retentionRows.value('quarantine', 'bytes'), 3);
});

test('retention: beyond the budget the log goes before what was made of it, and what cannot be kept is told once [CLD-37]', async (t) => {
  const retention = memoryRetention({ log: 5, telemetry: 20 });
  const { look } = await keeperOf(t, { ...without, sizeMax: 200 }, retention);
  await look();
  assert.deepEqual([await retention.bytesOf('log'), await retention.bytesOf('telemetry')], [0, 190]);
  const full = memoryRetention({ other: 50 });
  const other = await keeperOf(t, { ...without, sizeMax: 200 }, full);
  await other.look();
  await other.look();
  assert.deepEqual(other.lines, ['retention.stuck']);
  assert.equal(other.metrics.retentionStuck.value('disk'), 2);
});

test('retention: a store that fails is asked again at the next look [CLD-37]', async (t) => {
  const retention = memoryRetention({ log: 5 });
  const failures = [new Error('disk')];
  const failing: Retention = {
    ...retention,
    async use() {
      const cause = failures.shift();
      if (cause) throw cause;
      return retention.use();
    },
  };
  const { look, lines, metrics } = await keeperOf(t, { ...without, sizeMax: 20 }, failing);
  await look();
  assert.deepEqual([lines, metrics.retentionFailed.value()], [['retention.failed'], 1]);
  await look();
  assert.equal(await retention.bytesOf('log'), 10);
});

test('retention: under a load that never ends the file holds its budget, and every audit balances [CLD-37]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  const sizeMax = 3_000_000;
  const { look } = await keeperOf(t, { ...without, sizeMax }, store.retention);
  const journal = shippedJournal();
  let [most, sent] = [0, 0];
  for (let step = 0; step < 32; step++) {
    const records = Array.from({ length: 1_000 }, (_, i) => {
      const seq = sent + i;
      // Values that do not compress, so that bytes come fast.
      const noise = (factor: number): number => Math.sin(seq * factor) * 1e6;
      const values = { a: noise(1.1), b: noise(2.3), c: noise(3.7), d: noise(5.9) };
      return encodeReading(aNamed(seq, { device: `d-${seq % 20}`, values }));
    });
    for (let at = 0; at < records.length; at += 250)
      await ship(journal.batch(records.slice(at, at + 250), { at: shipTime + step * second }));
    sent += records.length;
    await look();
    most = Math.max(most, statSync(path).size);
  }
  const { readings, stored, pruned, lost, broken } = await store.auditor.store('edge-1', journal.epoch);
  assert.deepEqual([readings, stored + pruned.readings, lost, broken], [sent, sent, 0, []]);
  assert.ok(most <= sizeMax && pruned.logTo > 0, `${most} bytes, pruned ${JSON.stringify(pruned)}`);
});

test('retention: free pages go back to the disk [CLD-38]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  const journal = shippedJournal();
  for (let step = 0; step < 8; step++)
    await ship(
      journal.batch(
        Array.from({ length: 2_000 }, (_, i) => {
          const seq = step * 2_000 + i;
          const values = Object.fromEntries(
            Array.from({ length: 40 }, (__, m) => [`m${m}`, Math.sin(seq * (m + 1.1)) * 1e6]),
          );
          return encodeReading(aNamed(seq, { values }));
        }),
      ),
    );
  const before = await store.retention.use();
  while ((await store.retention.prune({ kind: 'log', why: 'disk', at: 1 })).rows > 0);
  const pruned = await store.retention.use();
  assert.ok(pruned.usedBytes < before.usedBytes && pruned.fileBytes === before.fileBytes);
  let given = 0;
  for (let turn = 1; turn > 0; given += turn) turn = await store.retention.giveBack();
  const after = await store.retention.use();
  assert.ok(given > 0 && after.fileBytes === before.fileBytes - given, `${given} bytes`);
  // What comes next finds room without the disk being asked.
  assert.equal(after.fileBytes - after.usedBytes, 256 * 16_384);
});
