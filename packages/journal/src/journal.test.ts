import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, seededEntropy, silentLog } from '@selvedge/kernel';
import { memoryDisk } from './adapters/memory/disk.ts';
import { batchHash, bodyDigest, genesisHash } from './chain.ts';
import { batchesOf, complaints, put, record, recordsOf, start, textsOf, twoClasses } from './lent.contract.ts';
import { journal } from './open-journal.ts';

const fault = (code: string) => (cause: unknown) => isFault(cause, code);

test('journal: records are read back in order, with the offsets that append gave [JRN-1]', async () => {
  const { journal: one } = await start(memoryDisk());
  assert.equal(one.append(0, record('a')), 0);
  assert.equal(one.append(0, record('b')), 1);
  assert.equal(one.append(1, record('c')), 2);
  assert.equal(one.head.offset, 0);
  await one.commit();
  assert.equal(one.head.offset, 3);
  assert.deepEqual(await recordsOf(one), ['0:a', '1:b', '2:c']);
  assert.deepEqual(await recordsOf(one, 1), ['0:a', '1:b', '2:c']);
  assert.deepEqual(await recordsOf(one, 2), ['2:c']);
  assert.deepEqual(await recordsOf(one, 3), []);
  assert.deepEqual(await recordsOf(one, 0, [1]), ['2:c']);
  await one.stop();
});

test('journal: a record is written in place between reserve and fill [JRN-1]', async () => {
  const { journal: one } = await start(memoryDisk());
  one.reserve(0, 100);
  const room = one.reserve(1, 100);
  room.bytes.write('short', room.at);
  assert.equal(one.fill(5), 0);
  one.reserve(0, 3);
  assert.throws(() => one.fill(4), fault('JOURNAL_MISUSED'));
  one.reserve(0, 0);
  assert.equal(one.fill(0), 1);
  assert.throws(() => one.fill(0), fault('JOURNAL_MISUSED'));
  await one.commit();
  assert.deepEqual(await recordsOf(one), ['0:short', '1:']);
  await one.stop();
});

test('journal: what is appended in one turn becomes durable in one commit, for one promise [JRN-2]', async () => {
  const { journal: one, metrics } = await start(memoryDisk());
  for (let i = 0; i < 100; i++) one.append(0, record(`${i}`));
  assert.equal(one.commit(), one.commit());
  await one.commit();
  assert.equal(metrics.commits.value(), 1);
  await one.commit();
  assert.equal(metrics.commits.value(), 1);
  const [batch, ...more] = await batchesOf(one);
  assert.equal(batch!.count, 100);
  assert.equal(more.length, 0);
  await one.stop();
});

test('journal: a run of one class is one batch, another class begins a new one [JRN-4]', async () => {
  const { journal: one } = await start(memoryDisk());
  for (const klass of [0, 0, 1, 1, 1, 0]) one.append(klass, record('x'));
  await one.commit();
  const batches = await batchesOf(one);
  assert.deepEqual(
    batches.map(({ klass, firstOffset, count }) => [klass, firstOffset, count]),
    [
      [0, 0, 2],
      [1, 2, 3],
      [0, 5, 1],
    ],
  );
  await one.stop();
});

test('journal: a batch is closed at 256 KiB, a larger record has one to itself [JRN-4]', async () => {
  const { journal: one } = await start(memoryDisk(), {
    recordMax: 2_000_000,
    pendingMax: 10_000_000,
    sizeMax: 100_000_000,
    segmentSize: 10_000_000,
  });
  for (let i = 0; i < 600; i++) one.append(0, new Uint8Array(1_000));
  one.append(0, new Uint8Array(1_500_000).fill(7));
  one.append(0, record('after'));
  await one.commit();
  const batches = await batchesOf(one);
  assert.ok(batches.every(({ bodyLength, count }) => count === 1 || bodyLength <= 256 * 1024));
  assert.equal(
    batches.reduce((sum, { count }) => sum + count, 0),
    602,
  );
  assert.ok(batches.length < 9);
  assert.deepEqual(batches.find(({ bodyLength }) => bodyLength > 1_000_000)?.count, 1);
  await one.stop();
});

test('journal: each batch chains to the one before, from the epoch on, as the cloud recomputes it [JRN-5]', async () => {
  const disk = memoryDisk();
  const first = await start(disk);
  const { epoch } = first.journal;
  assert.match(epoch, /^[0-9a-f]{12}$/);
  await put(first.journal, 0, 'a', 'b');
  await put(first.journal, 1, 'c');
  await first.journal.stop();
  const { journal: one } = await start(disk);
  assert.equal(one.epoch, epoch);
  await put(one, 1, 'd');
  let hash = genesisHash(epoch);
  for (const batch of await batchesOf(one)) {
    assert.deepEqual(Buffer.from(batch.prevHash), hash);
    assert.deepEqual(Buffer.from(batch.bodyDigest), bodyDigest(batch.body!));
    hash = batchHash(batch, batch.bodyDigest, hash);
    assert.deepEqual(Buffer.from(batch.hash), hash);
  }
  assert.deepEqual(Buffer.from(one.head.hash), hash);
  assert.deepEqual(await complaints(one), []);
  await one.stop();
});

test('journal: everything is there after a stop and a start, and offsets go on [JRN-6]', async () => {
  const disk = memoryDisk();
  const first = await start(disk);
  for (let i = 0; i < 300; i++) await put(first.journal, i % 2, `record ${i}`);
  first.journal.append(0, record('last'));
  const { head } = first.journal;
  await first.journal.stop();
  const { journal: one, logged } = await start(disk);
  assert.equal(one.head.offset, head.offset + 1);
  const records = await recordsOf(one);
  assert.equal(records.length, 301);
  assert.equal(records[299], '299:record 299');
  assert.equal(records[300], '300:last');
  assert.equal(one.append(0, record('next')), 301);
  assert.deepEqual(await complaints(one), []);
  assert.deepEqual(
    logged.filter(({ event }) => event !== 'journal.trimmed'),
    [],
  );
  await one.stop();
});

test('journal: a reader gets what is durable, and no more, while others append [JRN-7]', async () => {
  const { journal: one } = await start(memoryDisk());
  await put(one, 0, 'a');
  one.append(0, record('b'));
  assert.deepEqual(await recordsOf(one), ['0:a']);
  const seen: string[] = [];
  for await (const batch of one.read(0)) {
    seen.push(...textsOf(batch));
    if (one.head.offset < 20) await put(one, 0, `${one.head.offset}`);
  }
  assert.equal(seen.length, one.head.offset);
  await one.stop();
});

test('journal: a batch that a reader keeps does not change, however much is appended later [JRN-7]', async () => {
  const { journal: one } = await start(memoryDisk(), {
    sizeMax: 50_000_000,
    segmentSize: 1_000_000,
    pendingMax: 8_000_000,
  });
  await put(one, 0, 'keep me');
  const [kept] = await batchesOf(one);
  for (let i = 0; i < 12; i++) {
    for (let j = 0; j < 500; j++) one.append(0, new Uint8Array(1_000).fill(j));
    await one.commit();
  }
  assert.deepEqual(textsOf(kept!), ['keep me']);
  assert.deepEqual((await recordsOf(one, 0)).length, 6_001);
  await one.stop();
});

test('journal: grown settles when the head moves beyond the offset, or with the signal or the end [JRN-8]', async () => {
  const { journal: one } = await start(memoryDisk());
  const { signal } = new AbortController();
  const grown = one.grown(1, signal);
  let settled = false;
  void grown.then(() => (settled = true));
  await put(one, 0, 'a');
  assert.equal(settled, false);
  await put(one, 0, 'b');
  await grown;
  await one.grown(0, signal);
  const leave = new AbortController();
  const left = one.grown(99, leave.signal);
  leave.abort(new Error('left'));
  await assert.rejects(left, /left/);
  const late = one.grown(99, signal);
  const rejected = assert.rejects(late, fault('JOURNAL_CLOSED'));
  await one.stop();
  await rejected;
});

test('journal: it is used only between start and stop, and only rightly [JRN-9]', async () => {
  const closed = journal(twoClasses, inertWorld());
  assert.throws(() => closed.append(0, record('x')), fault('JOURNAL_CLOSED'));
  assert.throws(() => closed.epoch, fault('JOURNAL_CLOSED'));
  const { journal: one } = await start(memoryDisk());
  assert.throws(() => one.append(2, record('x')), fault('JOURNAL_MISUSED'));
  assert.throws(() => one.append(-1, record('x')), fault('JOURNAL_MISUSED'));
  assert.throws(() => one.append(0, new Uint8Array(4_097)), fault('JOURNAL_RECORD_TOO_LARGE'));
  await put(one, 0, 'a');
  await one.stop();
  await one.stop();
  assert.throws(() => one.append(0, record('x')), fault('JOURNAL_CLOSED'));
  await assert.rejects(one.commit(), fault('JOURNAL_CLOSED'));
  await assert.rejects(recordsOf(one), fault('JOURNAL_CLOSED'));
  await assert.rejects(one.retain(), fault('JOURNAL_CLOSED'));
  assert.throws(
    () => journal({ ...twoClasses, classes: [], segmentSize: 1, sizeMax: 2, pendingMax: 1 }, inertWorld()),
    (cause: Error) => isFault(cause, 'JOURNAL_MISUSED') && cause.message.split(';').length === 4,
  );
});

test('journal: a start that is called off closes what it has opened [JRN-9]', async () => {
  const disk = memoryDisk();
  const { clock } = await start(memoryDisk());
  const one = journal(twoClasses, { clock, disk, entropy: seededEntropy(1), log: silentLog });
  const over = new AbortController();
  const starting = one.start(over.signal);
  over.abort(new Error('called off'));
  await assert.rejects(starting, /called off/);
  await one.stop();
  await (await start(disk)).journal.stop();
});

test('journal: a second one in the same folder is refused until the first has stopped [JRN-27]', async () => {
  const disk = memoryDisk();
  const { journal: one } = await start(disk);
  await assert.rejects(start(disk), fault('JOURNAL_LOCKED'));
  await one.stop();
  await (await start(disk)).journal.stop();
});

test('journal: classes keep their order over time, new ones come last [JRN-9]', async () => {
  const disk = memoryDisk();
  const [urgent, bulk] = twoClasses.classes;
  await (await start(disk)).journal.stop();
  await assert.rejects(start(disk, { classes: [bulk!, urgent!] }), fault('JOURNAL_MISUSED'));
  await assert.rejects(start(disk, { classes: [urgent!] }), fault('JOURNAL_MISUSED'));
  const { journal: one } = await start(disk, { classes: [urgent!, bulk!, { ...bulk!, name: 'more' }] });
  await put(one, 2, 'x');
  await one.stop();
});

function inertWorld(): Parameters<typeof journal>[1] {
  const none = (): never => assert.fail('it must not act before its start');
  return {
    clock: { wall: none, ticks: none, sleep: none, soon: none },
    disk: memoryDisk(),
    entropy: { bytes: none },
    log: { error: none, warn: none, info: none, debug: none },
  };
}
