import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, seeded } from '@selvedge/kernel';
import { type SimulatedDisk, simulatedDisk } from '../../../testkit/src/disk/simulated-disk.ts';
import { memoryDisk } from './adapters/memory/disk.ts';
import type { Disk } from './disk.ts';
import { complaints, put, record, recordsOf, start } from './lent.contract.ts';

const segment = (offset: number): string => `/data/journal/${String(offset).padStart(16, '0')}.seg`;

async function resize(disk: Disk, path: string, size: number): Promise<void> {
  const file = await disk.open(path, 'existing');
  await file.truncate(size);
  await file.close();
}

async function sizeOf(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, 'existing');
  return file.size();
}

/** Appends, rolls, moves a cursor, retains and stops, noting what was acknowledged. */
async function script(plate: SimulatedDisk, acknowledged: string[]): Promise<void> {
  const { journal } = await start(plate.mount(), { segmentSize: 4_096, keep: millis(0) });
  const cursor = journal.cursor('reader', { classes: [0], holds: true });
  for (let i = 0; i < 12; i++) {
    const text = `${i}`.padEnd(700, '.');
    const offset = journal.append(0, record(text));
    await journal.commit();
    acknowledged.push(`${offset}:${text}`);
    if (i === 7) cursor.advance(3);
    if (i === 8) await journal.retain();
  }
  await journal.stop();
}

test('journal: the power may go in the midst of any call to the disk, what commit acknowledged is there [JRN-3]', async () => {
  let survivedAll = false;
  for (let calls = 1; !survivedAll; calls++) {
    const plate = simulatedDisk({ random: seeded(calls) });
    const acknowledged: string[] = [];
    const cut = plate.cutAfter(calls);
    survivedAll = await Promise.race([script(plate, acknowledged).then(() => true), cut.then(() => false)]);
    plate.powerCut();
    const { journal } = await start(plate.mount(), { segmentSize: 4_096, keep: millis(0) });
    const found = new Set(await recordsOf(journal));
    const { firstOffset } = journal.use();
    assert.ok(firstOffset <= 3);
    for (const one of acknowledged.slice(3)) assert.ok(found.has(one), `call ${calls}: ${one.slice(0, 5)} is missing`);
    assert.deepEqual(await complaints(journal), []);
    await journal.stop();
    assert.ok(calls < 300);
  }
});

test('journal: a killed process loses nothing that it was told is durable, and the next one trusts only what it has synced [JRN-3]', async () => {
  const plate = simulatedDisk({ random: seeded(3) });
  const first = await start(plate.mount());
  await put(first.journal, 0, 'a', 'b');
  first.journal.append(0, record('written, perhaps'));
  void first.journal.commit();
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => first.clock.soon(resolve));
  plate.kill();
  const second = await start(plate.mount());
  const found = await recordsOf(second.journal);
  assert.deepEqual(found.slice(0, 2), ['0:a', '1:b']);
  plate.powerCut();
  const third = await start(plate.mount());
  assert.deepEqual(await recordsOf(third.journal), found);
  await third.journal.stop();
});

test('journal: a tail torn at any byte is cut, logged and counted, and what was before it stays [JRN-14]', async () => {
  const disk = memoryDisk();
  const first = await start(disk);
  await put(first.journal, 0, 'kept');
  const whole = await sizeOf(disk, segment(0));
  await put(first.journal, 0, 'torn');
  const torn = await sizeOf(disk, segment(0));
  const file = await disk.open(segment(0), 'existing');
  const bytes = Buffer.alloc(torn);
  await file.read(bytes, 0);
  for (let size = whole; size < torn; size++) {
    const other = memoryDisk();
    await other.makeDir('/data/journal');
    const copy = await other.open(segment(0));
    await copy.write(bytes.subarray(0, size), 0);
    const { journal, logged, metrics } = await start(other);
    assert.deepEqual(await recordsOf(journal), ['0:kept']);
    assert.equal(await sizeOf(other, segment(0)), whole);
    assert.equal(metrics.tailCut.value(), size > whole ? 1 : 0);
    assert.equal(logged.filter(({ event }) => event === 'journal.tail_cut').length, size > whole ? 1 : 0);
    await put(journal, 0, 'next');
    assert.deepEqual(await recordsOf(journal), ['0:kept', '1:next']);
    assert.deepEqual(await complaints(journal), []);
    await journal.stop();
  }
});

test('journal: a segment of which nothing was durable is removed, whatever is left of it [JRN-14]', async () => {
  for (const size of [0, 40, 80, 100]) {
    const disk = memoryDisk();
    const first = await start(disk);
    await put(first.journal, 0, 'kept');
    await first.journal.stop();
    const file = await disk.open(segment(1));
    await file.write(new Uint8Array(size).fill(7), 0);
    const { journal } = await start(disk);
    assert.deepEqual(await recordsOf(journal), ['0:kept']);
    assert.deepEqual(
      (await disk.list('/data/journal')).filter((name) => name.endsWith('.seg')),
      ['0000000000000000.seg'],
    );
    await put(journal, 0, 'next');
    assert.deepEqual(await complaints(journal), []);
    await journal.stop();
  }
});

test('journal: offsets that a stop had seen durable are not given again, even when a lying disk lost them [JRN-16]', async () => {
  const disk = memoryDisk();
  const first = await start(disk);
  await put(first.journal, 0, 'a');
  const size = await sizeOf(disk, segment(0));
  await put(first.journal, 0, 'b', 'c');
  const { head } = first.journal;
  await first.journal.stop();
  await resize(disk, segment(0), size);
  const { journal, metrics } = await start(disk);
  assert.deepEqual(journal.head, { offset: 3, hash: Uint8Array.from(head.hash) });
  assert.deepEqual(journal.use().damaged, [{ from: 1, to: 3, why: 'it was durable and is gone from the end' }]);
  assert.equal(metrics.damaged.value(), 1);
  await put(journal, 0, 'd');
  assert.deepEqual(await recordsOf(journal), ['0:a', '3:d']);
  assert.deepEqual(await complaints(journal), ['1: offsets up to 3 are in no segment']);
  await journal.stop();
  const again = await start(disk);
  assert.deepEqual(await recordsOf(again.journal), ['0:a', '3:d']);
  await again.journal.stop();
});

test('journal: opening reads the last segment alone; an index that is absent or wrong is made again [JRN-17]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const fill = await start(plate.mount());
  for (let i = 0; i < 60; i++) await put(fill.journal, i % 2, `${i}`.padEnd(900, '.'));
  await fill.journal.stop();
  const indexes = plate.paths().filter((path) => path.endsWith('.idx'));
  assert.ok(indexes.length >= 6);

  const readBefore = plate.count('read');
  const fast = await start(plate.mount());
  const { classes } = fast.journal.use();
  const fastReads = plate.count('read') - readBefore;
  assert.ok(fastReads <= indexes.length + 4, `${fastReads} reads`);
  assert.deepEqual(fast.logged, []);
  await fast.journal.stop();

  const disk = plate.mount();
  await disk.remove(indexes[0]!);
  await resize(disk, indexes[1]!, 50);
  plate.flip(indexes[2]!);
  const one = await disk.open(indexes[3]!, 'existing');
  const wrong = new Uint8Array(await one.size());
  await one.read(wrong, 0);
  await (await disk.open(indexes[4]!, 'existing')).write(wrong, 0);
  const { journal, logged } = await start(disk);
  assert.equal(logged.filter(({ event }) => event === 'journal.index_rebuilt').length, 4);
  assert.deepEqual(journal.use().classes, classes);
  assert.equal((await recordsOf(journal)).length, 60);
  await journal.stop();
});
