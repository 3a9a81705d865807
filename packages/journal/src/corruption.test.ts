import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, seeded } from '@selvedge/kernel';
import { simulatedDisk } from '../../../testkit/src/disk/simulated-disk.ts';
import { memoryDisk } from './adapters/memory/disk.ts';
import { batchHeaderSize } from './format/batch.ts';
import { segmentHeaderSize } from './format/segment-header.ts';
import { batchesOf, complaints, put, record, recordsOf, start } from './lent.contract.ts';

const first = '/data/journal/0000000000000000.seg';

/** A stopped journal of ten batches of one record `r0` … `r9` in one segment. */
async function tenBatches() {
  const plate = simulatedDisk({ random: seeded(1) });
  const { journal } = await start(plate.mount());
  for (let i = 0; i < 10; i++) await put(journal, i % 2, `r${i}`);
  const [batch] = await batchesOf(journal);
  await journal.stop();
  return { plate, batchSize: batchHeaderSize + batch!.bodyLength };
}

const where = (batch: number, batchSize: number, byte: number): number => segmentHeaderSize + batch * batchSize + byte;

test('journal: a flipped bit takes one batch and no other; it is skipped, logged, counted and named [JRN-15]', async () => {
  for (let byte = 0; byte < batchHeaderSize + 6; byte += 3) {
    const { plate, batchSize } = await tenBatches();
    plate.flip(first, where(4, batchSize, byte));
    const { journal, logged, metrics } = await start(plate.mount());
    assert.equal(journal.head.offset, 10);
    const left = [0, 1, 2, 3, 5, 6, 7, 8, 9].map((i) => `${i}:r${i}`);
    assert.deepEqual(await recordsOf(journal), left, `byte ${byte}`);
    assert.deepEqual(await recordsOf(journal, 4), left.slice(4));
    assert.deepEqual(
      await recordsOf(journal, 0, [0]),
      left.filter((_, i) => [0, 2, 5, 7].includes(i)),
    );
    assert.deepEqual(
      journal.use().damaged.map(({ from, to }) => [from, to]),
      [[4, 5]],
    );
    assert.equal((await complaints(journal)).length, 1);
    assert.equal(metrics.damaged.value(), 1);
    assert.equal(logged.filter(({ event }) => event === 'journal.damage_found').length, 1);
    assert.equal(metrics.tailCut.value(), 0);
    await put(journal, 0, 'more');
    assert.equal((await recordsOf(journal)).length, 10);
    await journal.stop();
  }
});

test('journal: damage is told from a torn tail also after a kill, by what the batches behind it say [JRN-15]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const fill = await start(plate.mount());
  for (let i = 0; i < 10; i++) await put(fill.journal, i % 2, `r${i}`);
  const [batch] = await batchesOf(fill.journal);
  plate.kill();
  plate.flip(first, where(4, batchHeaderSize + batch!.bodyLength, 30));
  const { journal, metrics } = await start(plate.mount());
  assert.equal((await recordsOf(journal)).length, 9);
  assert.equal(metrics.tailCut.value(), 0);
  assert.deepEqual(
    journal.use().damaged.map(({ from, to }) => [from, to]),
    [[4, 5]],
  );
  await journal.stop();
});

test('journal: damage in the very last batch is not taken for a torn tail once a stop has seen it durable [JRN-15]', async () => {
  const { plate, batchSize } = await tenBatches();
  plate.flip(first, where(9, batchSize, 10));
  const { journal, metrics } = await start(plate.mount());
  assert.equal(journal.head.offset, 10);
  assert.equal(metrics.tailCut.value(), 0);
  assert.deepEqual(
    journal.use().damaged.map(({ from, to }) => [from, to]),
    [[9, 10]],
  );
  await put(journal, 0, 'after');
  assert.equal((await recordsOf(journal)).at(-1), '10:after');
  await journal.stop();
});

test('journal: damage of a closed segment is found when it is read, and the other segments are not touched [JRN-15]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const fill = await start(plate.mount());
  for (let i = 0; i < 30; i++) await put(fill.journal, 0, `${i}`.padEnd(900, '.'));
  await fill.journal.stop();
  plate.flip(first, 3_000);
  const { journal, logged } = await start(plate.mount());
  assert.deepEqual(logged, []);
  assert.equal((await recordsOf(journal)).length, 29);
  assert.equal(logged.filter(({ event }) => event === 'journal.damage_found').length, 1);
  assert.equal((await recordsOf(journal)).length, 29);
  assert.equal(logged.length, 1);
  await journal.stop();
});

test('journal: a damaged segment header costs no record [JRN-15]', async () => {
  for (const at of [0, 5, 20, 60]) {
    const { plate } = await tenBatches();
    plate.flip(first, at);
    const { journal } = await start(plate.mount());
    assert.equal((await recordsOf(journal)).length, 10);
    assert.deepEqual(await complaints(journal), []);
    await journal.stop();
  }
});

test('journal: a segment that is missing is named, the others are read [JRN-15]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const fill = await start(plate.mount());
  for (let i = 0; i < 30; i++) await put(fill.journal, 0, `${i}`.padEnd(900, '.'));
  await fill.journal.stop();
  const [, second, third] = plate.paths().filter((path) => path.endsWith('.seg'));
  await plate.mount().remove(second!);
  const from = Number(second!.slice(-20, -4));
  const to = Number(third!.slice(-20, -4));
  const { journal } = await start(plate.mount());
  assert.deepEqual(journal.use().damaged, [{ from, to, why: 'no segment holds it' }]);
  assert.equal((await recordsOf(journal)).length, 30 - (to - from));
  assert.deepEqual(await complaints(journal), [`${from}: offsets up to ${to} are in no segment`]);
  await journal.stop();
});

test('journal: with its state lost it finds its records and its chain, and cursors begin at the oldest record [JRN-20]', async () => {
  const { plate } = await tenBatches();
  const { epoch } = (await start(plate.mount())).journal;
  plate.kill();
  const disk = plate.mount();
  await disk.remove('/data/journal/state');
  const { journal, logged } = await start(disk);
  assert.equal(journal.epoch, epoch);
  assert.equal(journal.head.offset, 10);
  assert.deepEqual(
    logged.map(({ event }) => event),
    ['journal.state_lost'],
  );
  assert.equal(journal.cursor('reader', { classes: [0], holds: true, start: 10 }).offset, 0);
  await put(journal, 0, 'more');
  assert.deepEqual(await complaints(journal), []);
  await journal.stop();
  const next = await start(disk);
  assert.equal(next.journal.cursor('other', { classes: [0], holds: true, start: 11 }).offset, 11);
  await next.journal.stop();
});

test('journal: a torn state is the one before, a newer format is refused, and no identity at all is a fault [JRN-20, JRN-28]', async () => {
  const { plate } = await tenBatches();
  const { journal } = await start(plate.mount());
  const cursor = journal.cursor('reader', { classes: [0], holds: true });
  cursor.advance(4);
  await journal.flush();
  const older = plate.content('/data/journal/state');
  cursor.advance(6);
  await journal.flush();
  plate.kill();
  const newer = plate.content('/data/journal/state');
  plate.flip('/data/journal/state', older.findIndex((byte, at) => byte !== newer[at]) + 8);
  const torn = await start(plate.mount());
  assert.equal(torn.journal.cursor('reader', { classes: [0], holds: true }).offset, 4);
  plate.kill();

  const disk = plate.mount();
  await disk.remove('/data/journal/state');
  plate.flip(first, 3);
  await assert.rejects(start(disk), (cause) => isFault(cause, 'JOURNAL_CORRUPT'));
});

test('journal: a folder of a newer format is left alone [JRN-28]', async () => {
  const { crc32 } = await import('node:zlib');
  const disk = memoryDisk();
  await (await start(disk)).journal.stop();
  const file = await disk.open('/data/journal/state', 'existing');
  const bytes = Buffer.alloc(await file.size());
  await file.read(bytes, 0);
  for (const at of [0, bytes.length / 2]) {
    bytes.writeUInt16LE(2, at + 12);
    bytes.writeUInt32LE(crc32(bytes.subarray(at + 8, at + bytes.readUInt32LE(at + 8))), at + 4);
  }
  await file.write(bytes, 0);
  await assert.rejects(start(disk), (cause) => isFault(cause, 'JOURNAL_VERSION_UNKNOWN'));
});

test('journal: a record that contains a whole batch is not taken for one when its own batch is damaged [JRN-29]', async () => {
  const other = memoryDisk();
  const donor = await start(other);
  await put(donor.journal, 0, 'a', 'b', 'c', 'forged');
  await donor.journal.stop();
  const file = await other.open(first, 'existing');
  const forged = Buffer.alloc(await file.size());
  await file.read(forged, 0);

  const plate = simulatedDisk({ random: seeded(1) });
  const fill = await start(plate.mount());
  fill.journal.append(0, forged.subarray(segmentHeaderSize));
  await fill.journal.commit();
  await put(fill.journal, 0, 'honest');
  await fill.journal.stop();
  plate.flip(first, segmentHeaderSize + 20);
  const { journal } = await start(plate.mount());
  assert.deepEqual(await recordsOf(journal), ['1:honest']);
  await journal.stop();
});

test('journal: verify finds a body that was changed together with its CRCs, and batches that were swapped [JRN-26]', async () => {
  const { plate, batchSize } = await tenBatches();
  const bytes = Buffer.from(plate.content(first));
  const swapped = Buffer.from(bytes);
  bytes.copy(swapped, where(3, batchSize, 0), where(4, batchSize, 0), where(5, batchSize, 0));
  bytes.copy(swapped, where(4, batchSize, 0), where(3, batchSize, 0), where(4, batchSize, 0));
  const disk = plate.mount();
  const file = await disk.open(first, 'existing');
  await file.write(swapped, 0);
  const one = await start(disk);
  assert.ok((await complaints(one.journal)).length >= 1);
  await one.journal.stop();

  const { sealBatch } = await import('./format/batch.ts');
  const changed = Buffer.from(bytes);
  changed.write('R5', where(5, batchSize, batchHeaderSize + 4));
  const salt = bytes.readUInt32LE(12);
  const at = where(5, batchSize, 0);
  const prevHash = Buffer.from(bytes.subarray(at + 24, at + 56));
  const appendedAt = Number(bytes.readBigUInt64LE(at + 64));
  sealBatch(changed, at, salt, {
    klass: 1,
    firstOffset: 5,
    count: 1,
    appendedAt,
    inCommit: 0,
    prevHash,
    length: batchSize,
  });
  await file.write(changed, 0);
  const two = await start(disk);
  assert.match((await complaints(two.journal)).join(), /^6: it does not chain to the batch before$/);
  await two.journal.stop();
});

test('journal: whatever a rotten and lying disk has left, what is read is what was appended [JRN-15]', async () => {
  for (let seed = 1; seed <= 80; seed++) {
    const random = seeded(seed);
    const plate = simulatedDisk({ random });
    const texts: string[] = [];
    for (let life = 0; life < 4; life++) {
      const { journal } = await start(plate.mount(), { segmentSize: 4_096 });
      for (const one of await recordsOf(journal)) {
        const [offset, text] = one.split(':');
        assert.equal(text, texts[Number(offset)], `seed ${seed}`);
      }
      texts.length = journal.head.offset;
      journal.cursor('reader', { classes: [0], holds: true });
      if (random.next() < 0.5) plate.lie(true);
      for (let i = 0; i < 12; i++) {
        const text = `${life}.${i}`.padEnd(Math.floor(random.next() * 900), '.');
        texts[journal.append(i % 2, record(text))] = text;
        if (random.next() < 0.5) await journal.commit();
        if (random.next() < 0.2) await journal.flush();
      }
      await journal.commit();
      if (random.next() < 0.3) await journal.stop();
      plate.powerCut();
      plate.lie(false);
      const segments = plate.paths().filter((path) => path.endsWith('.seg') && plate.content(path).length > 0);
      if (segments.length > 0 && random.next() < 0.7)
        plate.flip(segments[Math.floor(random.next() * segments.length)]!);
    }
  }
});
