import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, millis, seconds, seeded } from '@selvedge/kernel';
import { simulatedDisk } from '../../../../testkit/src/disk/simulated-disk.ts';
import { memoryDisk } from '../adapters/memory/disk.ts';
import { batchHash } from '../chain.ts';
import type { Expiry, Journal, JournalOptions } from '../journal.ts';
import { batchesOf, complaints, put, recordsOf, start } from '../lent.contract.ts';

const text = (i: number): string => `${i}`.padEnd(900, '.');
const holds = (one: Journal, klass: number) => one.cursor(`holder ${klass}`, { classes: [klass], holds: true });
const offsets = async (one: Journal): Promise<number[]> =>
  (await recordsOf(one)).map((record) => Number.parseInt(record, 10));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Classes as in `twoClasses` with other limits. */
const limits = (urgent: Partial<JournalOptions['classes'][0]>, bulk: Partial<JournalOptions['classes'][0]>) => ({
  classes: [
    { name: 'urgent', bytesMax: 1_000_000, ageMax: days(7), ...urgent },
    { name: 'bulk', bytesMax: 1_000_000, ageMax: days(3), ...bulk },
  ],
});

test('retention: a segment goes when all holders have passed it and it is older than keep [JRN-21]', async () => {
  const { journal, clock } = await start(memoryDisk(), { keep: seconds(10) });
  const holder = holds(journal, 0);
  const other = journal.cursor('other', { classes: [0, 1], holds: true });
  const watcher = journal.cursor('watcher', { classes: [0], holds: false });
  for (let i = 0; i < 40; i++) await put(journal, 0, text(i));
  await clock.advance(11_000);
  assert.deepEqual(await journal.retain(), []);
  assert.equal(journal.use().firstOffset, 0);
  holder.advance(40);
  assert.deepEqual(await journal.retain(), []);
  assert.equal(journal.use().firstOffset, 0);
  other.advance(20);
  assert.deepEqual(await journal.retain(), []);
  const { firstOffset } = journal.use();
  assert.ok(firstOffset > 8 && firstOffset <= 20);
  assert.equal(watcher.offset, 0);
  assert.deepEqual(await offsets(journal), range(firstOffset, 40));
  assert.deepEqual(await complaints(journal), []);

  other.advance(40);
  await put(journal, 0, text(40));
  holder.advance(41);
  other.advance(41);
  await journal.retain();
  assert.deepEqual(await offsets(journal), range(journal.use().firstOffset, 41));
  assert.ok(journal.use().firstOffset > 30);
  assert.equal(journal.use().classes[0]!.expired, 0);
  await journal.stop();
});

test('retention: what was acknowledged is kept for keep, so that a restored reader gets it again [JRN-21]', async () => {
  const { journal, clock } = await start(memoryDisk(), { keep: seconds(10) });
  const holder = holds(journal, 0);
  for (let i = 0; i < 20; i++) await put(journal, 0, text(i));
  holder.advance(20);
  await clock.advance(9_000);
  await journal.retain();
  assert.deepEqual(await offsets(journal), range(0, 20));
  await journal.stop();
});

test('retention: a segment between others that stay leaves a gap across which the chain is followed [JRN-21]', async () => {
  const disk = memoryDisk();
  const lent = await start(disk, { keep: millis(0) });
  const { journal, clock } = lent;
  holds(journal, 0);
  const bulk = holds(journal, 1);
  await put(journal, 0, text(0));
  for (let i = 1; i < 40; i++) await put(journal, 1, text(i));
  await put(journal, 0, text(40));
  bulk.advance(41);
  await clock.advance(10);
  const before = journal.use().sizeBytes;
  await journal.retain();
  const left = await offsets(journal);
  assert.equal(left[0], 0);
  assert.equal(left.at(-1), 40);
  assert.ok(left.length < 22, `${left.length}`);
  assert.ok(journal.use().sizeBytes < before / 1.5);
  assert.deepEqual(await complaints(journal), []);
  await journal.stop();
  const again = await start(disk, { keep: millis(0) });
  assert.deepEqual(await offsets(again.journal), left);
  assert.deepEqual(await complaints(again.journal), []);
  assert.deepEqual(again.journal.use().damaged, []);
  await again.journal.stop();
});

test('retention: beyond bytesMax the oldest unacknowledged expire, counted, and stay as stubs that prove the chain [JRN-22]', async () => {
  const disk = memoryDisk();
  const options = limits({}, { bytesMax: 10 * 904 });
  const { journal, metrics } = await start(disk, options);
  holds(journal, 0);
  holds(journal, 1);
  for (let i = 0; i < 30; i++) await put(journal, i % 2, text(i));
  const expired = await journal.retain();
  assert.deepEqual(expired, [{ klass: 1, from: 1, to: 10, count: 5, reason: 'bytes' }]);
  const bodies = await offsets(journal);
  assert.deepEqual(bodies, [0, 2, 4, 6, 8, ...range(10, 30)]);
  assert.deepEqual(
    journal.use().classes.map(({ records, bytes, expired }) => ({ records, bytes, expired })),
    [
      { records: 15, bytes: 15 * 904, expired: 0 },
      { records: 10, bytes: 10 * 904, expired: 5 },
    ],
  );
  assert.equal(metrics.expired.value('bulk', 'bytes'), 5);

  let hash: Uint8Array | undefined;
  let next = 0;
  for (const batch of await batchesOf(journal)) {
    assert.equal(batch.firstOffset, next);
    if (hash) assert.deepEqual(Buffer.from(batch.prevHash), Buffer.from(hash));
    hash = batchHash(batch, batch.bodyDigest, batch.prevHash);
    assert.deepEqual(Buffer.from(batch.hash), Buffer.from(hash));
    assert.equal(batch.body === undefined, [1, 3, 5, 7, 9].includes(batch.firstOffset));
    next = batch.firstOffset + batch.count;
  }
  assert.deepEqual(await complaints(journal), []);
  assert.deepEqual(await journal.retain(), []);
  await journal.stop();
  const again = await start(disk, options);
  assert.deepEqual(await offsets(again.journal), bodies);
  assert.equal(again.journal.use().classes[1]!.expired, 5);
  await again.journal.stop();
});

test('retention: beyond ageMax the unacknowledged expire, also those of the segment that is written to [JRN-22]', async () => {
  const { journal, clock } = await start(memoryDisk(), limits({}, { ageMax: seconds(60) }));
  holds(journal, 0);
  const bulk = holds(journal, 1);
  await put(journal, 1, 'a', 'b', 'c');
  await put(journal, 0, 'd');
  await clock.advance(30_000);
  await put(journal, 1, 'e');
  bulk.advance(1);
  await clock.advance(31_000);
  assert.deepEqual(await journal.retain(), [{ klass: 1, from: 1, to: 3, count: 2, reason: 'age' }]);
  assert.deepEqual(await recordsOf(journal), ['3:d', '4:e']);
  await put(journal, 1, 'f');
  assert.deepEqual(await recordsOf(journal), ['3:d', '4:e', '5:f']);
  assert.deepEqual(await complaints(journal), []);
  await journal.stop();
});

test('retention: a segment of which everything has expired is removed [JRN-22]', async () => {
  const disk = memoryDisk();
  const { journal } = await start(disk, limits({ bytesMax: 5 * 904 }, {}));
  holds(journal, 0);
  for (let i = 0; i < 40; i++) await put(journal, 0, text(i));
  const expired = await journal.retain();
  assert.equal(expired[0]!.count, 35);
  assert.ok(journal.use().firstOffset > 20);
  assert.deepEqual(await offsets(journal), range(35, 40));
  assert.deepEqual(await complaints(journal), []);
  assert.ok((await disk.list('/data/journal')).length <= 6);
  await journal.stop();
});

test('retention: a class that nobody holds does not expire, it is trimmed [JRN-21]', async () => {
  const { journal, clock } = await start(memoryDisk(), { ...limits({ bytesMax: 904 }, {}), keep: seconds(1) });
  for (let i = 0; i < 20; i++) await put(journal, 0, text(i));
  await clock.advance(1_500);
  assert.deepEqual(await journal.retain(), []);
  assert.ok(journal.use().firstOffset > 8);
  await journal.stop();
});

test('retention: a cursor of an earlier run holds until it is forgotten [JRN-21]', async () => {
  const disk = memoryDisk();
  const first = await start(disk, { keep: millis(0) });
  holds(first.journal, 0);
  for (let i = 0; i < 20; i++) await put(first.journal, 0, text(i));
  await first.journal.stop();
  const { journal, clock } = await start(disk, { keep: millis(0) });
  await clock.advance(100);
  await journal.retain();
  assert.equal(journal.use().firstOffset, 0);
  journal.forget('holder 0');
  await journal.retain();
  assert.ok(journal.use().firstOffset > 0);
  await journal.stop();
});

test('retention: near sizeMax what is acknowledged goes although keep is not over, oldest first, and not more than needed [JRN-24]', async () => {
  const { journal, clock } = await start(memoryDisk(), { keep: days(1), sizeMax: 100_000 });
  const holder = holds(journal, 0);
  for (let i = 0; i < 400; i++) {
    await put(journal, 0, text(i));
    holder.advance(i + 1);
    await clock.advance(300);
  }
  const { sizeBytes, firstOffset } = journal.use();
  assert.ok(sizeBytes < 100_000 && sizeBytes > 50_000, `${sizeBytes}`);
  assert.ok(firstOffset > 300);
  assert.deepEqual(await complaints(journal), []);
  await journal.stop();
});

test('retention: near sizeMax a segment that is mostly acknowledged shrinks to what is not [JRN-24]', async () => {
  const { journal, clock } = await start(memoryDisk(), { keep: days(1), sizeMax: 100_000 });
  holds(journal, 0);
  const bulk = holds(journal, 1);
  for (let i = 0; i < 60; i++) await put(journal, i % 4 === 0 ? 0 : 1, text(i));
  bulk.advance(60);
  await clock.advance(1_000);
  await put(journal, 0, text(60));
  for (let i = 0; i < 30; i++) await new Promise<void>((resolve) => clock.soon(resolve));
  const left = await offsets(journal);
  assert.ok(left.length < 60, `${left.length}`);
  assert.deepEqual(
    left.filter((offset) => offset % 4 === 0),
    range(0, 16).map((i) => i * 4),
  );
  assert.equal(journal.use().classes[1]!.expired, 0);
  assert.deepEqual(await complaints(journal), []);
  await journal.stop();
});

test('retention: the clock may jump by years, nothing expires that is not old [JRN-25]', async () => {
  const disk = memoryDisk();
  const options = { ...limits({ ageMax: days(7) }, {}), keep: days(1) };
  const first = await start(disk, options);
  holds(first.journal, 0);
  await put(first.journal, 0, text(0));
  first.clock.jumpWall(days(3_650));
  await put(first.journal, 0, text(1));
  assert.deepEqual(await first.journal.retain(), []);
  await first.journal.stop();
  const { journal, clock } = await start(disk, options, first.clock);
  clock.jumpWall(-days(7_300));
  assert.deepEqual(await journal.retain(), []);
  await clock.advance(days(6));
  assert.deepEqual(await journal.retain(), []);
  await clock.advance(days(2));
  assert.equal((await journal.retain())[0]!.count, 2);
  await journal.stop();
});

test('retention: a class that was written while the clock was ahead makes nothing old at the next start [JRN-25]', async () => {
  const disk = memoryDisk();
  const options = { ...limits({ ageMax: days(7) }, { ageMax: days(7) }), keep: days(1) };
  const first = await start(disk, options);
  holds(first.journal, 0);
  holds(first.journal, 1);
  await put(first.journal, 0, text(0));
  first.clock.jumpWall(days(365));
  await put(first.journal, 1, text(1));
  first.clock.jumpWall(-days(365));
  await put(first.journal, 0, text(2));
  await first.journal.stop();
  const { journal } = await start(disk, options, first.clock);
  assert.deepEqual(await journal.retain(), []);
  assert.deepEqual(await offsets(journal), [0, 1, 2]);
  await journal.stop();
});

test('retention: a reader in the midst of a segment goes on while the segment shrinks or goes [JRN-7]', async () => {
  const disk = memoryDisk();
  const fill = await start(disk, limits({ bytesMax: 904 }, {}));
  holds(fill.journal, 0);
  for (let i = 0; i < 25; i++) await put(fill.journal, i % 2, text(i));
  await fill.journal.stop();
  const { journal } = await start(disk, limits({ bytesMax: 904 }, {}));
  const seen: number[] = [];
  for await (const { firstOffset } of journal.read(0)) {
    if (seen.length === 2) await journal.retain();
    seen.push(firstOffset);
  }
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.equal(new Set(seen).size, seen.length);
  assert.equal(seen.at(-1), 24);
  await journal.stop();
});

test('retention: a reader that opens a segment just when it is replaced sees no damage [JRN-7]', async () => {
  const disk = memoryDisk();
  const options = limits({ bytesMax: 904 }, {});
  const fill = await start(disk, options);
  holds(fill.journal, 0);
  for (let i = 0; i < 12; i++) await put(fill.journal, i % 2, text(i));
  await fill.journal.stop();
  const gate = Promise.withResolvers<void>();
  const waits: Promise<void>[] = [];
  const gated: typeof disk = {
    ...disk,
    async open(path, how) {
      await waits.shift();
      return how ? disk.open(path, how) : disk.open(path);
    },
  };
  const { journal, clock } = await start(gated, options);
  waits.push(gate.promise);
  const reading = batchesOf(journal);
  await new Promise<void>((resolve) => clock.soon(resolve));
  await journal.retain();
  gate.resolve();
  assert.deepEqual(
    (await reading).map(({ firstOffset }) => firstOffset),
    range(0, 12),
  );
  assert.deepEqual(journal.use().damaged, []);
  await journal.stop();
});

test('retention: however often it is struck by a power cut, an expired record is counted once and told at least once [JRN-23]', async () => {
  for (let calls = 1; calls <= 60; calls++) {
    const plate = simulatedDisk({ random: seeded(calls) });
    const options = limits({ bytesMax: 6 * 904 }, {});
    const told = new Map<number, Expiry>();
    const first = await start(plate.mount(), options);
    holds(first.journal, 0);
    for (let i = 0; i < 24; i++) await put(first.journal, i % 3 === 0 ? 1 : 0, text(i));
    await first.journal.flush();
    const cut = plate.cutAfter(calls);
    const tell = (expiries: readonly Expiry[]): void => {
      for (const one of expiries) told.set(one.from, one);
    };
    await Promise.race([first.journal.retain().then(tell), cut]);
    plate.powerCut();
    const { journal } = await start(plate.mount(), options);
    tell(await journal.retain());
    assert.deepEqual([...told.values()], [{ klass: 0, from: 1, to: 15, count: 10, reason: 'bytes' }], `call ${calls}`);
    assert.equal(journal.use().classes[0]!.expired, 10);
    assert.deepEqual((await recordsOf(journal, 0, [0])).length, 6);
    assert.deepEqual(await complaints(journal), []);
    await journal.stop();
  }
});

test('retention: a count that an earlier process could not sync is durable before anything goes by it [JRN-23]', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const plate = simulatedDisk({ random: seeded(seed) });
    const options = limits({ bytesMax: 0 }, {});
    const first = await start(plate.mount(), options);
    holds(first.journal, 0);
    for (let i = 0; i < 14; i++) await put(first.journal, 0, text(i));
    await put(first.journal, 1, 'in the third segment, and it stays');
    await first.journal.flush();
    plate.fail('sync', 'EIO');
    await assert.rejects(first.journal.retain());
    plate.kill();
    plate.heal();
    await start(plate.mount(), options);
    plate.powerCut();
    const { journal } = await start(plate.mount(), options);
    const told = await journal.retain();
    assert.equal(
      told.reduce((sum, { count }) => sum + count, 0),
      14,
      `seed ${seed}`,
    );
    assert.equal(journal.use().classes[0]!.expired, 14);
    await journal.stop();
  }
});

test('retention: a disk that refuses to save the counts keeps the records, and the next time finishes [JRN-23]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const { journal } = await start(plate.mount(), limits({ bytesMax: 6 * 904 }, {}));
  holds(journal, 0);
  for (let i = 0; i < 24; i++) await put(journal, 0, text(i));
  for (const call of ['sync', 'remove', 'rename', 'syncDir'] as const) {
    plate.fail(call, 'EIO', 1);
    await assert.rejects(journal.retain());
    plate.heal();
  }
  const expired = await journal.retain();
  assert.equal(
    expired.reduce((sum, { count }) => sum + count, 0),
    18,
  );
  assert.equal(journal.use().classes[0]!.expired, 18);
  assert.equal((await recordsOf(journal)).length, 6);
  assert.deepEqual(await complaints(journal), []);
  await journal.stop();
});
