import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, seeded, seededEntropy, silentLog } from '@selvedge/kernel';
import { handClock } from '../../../testkit/src/disk/hand-clock.ts';
import { simulatedDisk } from '../../../testkit/src/disk/simulated-disk.ts';
import { memoryDisk } from './adapters/memory/disk.ts';
import { copyJournal, inspectJournal } from './copy.ts';
import type { Disk } from './disk.ts';
import { put, start } from './lent.contract.ts';

const text = (i: number): string => `${i}`.padEnd(900, '.');
const look = (dir: string, disk: Disk) =>
  inspectJournal(dir, { clock: handClock(), disk, entropy: seededEntropy(1), log: silentLog });

/** The disk with `before` run ahead of each file that is opened in the folder of the copy. */
const interrupted = (disk: Disk, before: (path: string) => Promise<void>): Disk => ({
  ...disk,
  async open(path, how) {
    await before(path);
    return how ? disk.open(path, how) : disk.open(path);
  },
});

test('copy: a copy made while the journal grows and is trimmed holds what was durable, and verifies [JRN-33]', async () => {
  const disk = memoryDisk();
  const { journal, clock } = await start(disk, { keep: millis(0) });
  const reader = journal.cursor('reader', { classes: [0, 1], holds: true });
  for (let i = 0; i < 60; i++) await put(journal, i % 2, text(i));
  const random = seeded(33);
  let interruptions = 0;
  const busy = interrupted(disk, async (path) => {
    if (!path.startsWith('/copy') || interruptions === 6) return;
    interruptions += 1;
    for (let i = 0; i < 5; i++) await put(journal, i % 2, text(100 + i));
    reader.advance(Math.floor(reader.offset + random.next() * (journal.head.offset - reader.offset)));
    await clock.advance(10);
    await journal.retain();
  });
  const durable = journal.head.offset;
  const copy = await copyJournal('/data/journal', '/copy', { disk: busy });
  assert.equal(interruptions, 6);
  assert.ok(copy.headOffset >= durable && copy.bytes > 0);
  const found = await look('/copy', disk);
  assert.deepEqual(found.broken, []);
  assert.equal(found.epoch, journal.epoch);
  assert.ok(found.head.offset >= durable && found.firstOffset <= reader.offset);
  assert.equal(found.records, found.head.offset - found.firstOffset);
  await put(journal, 0, 'goes on');
  await journal.stop();
  assert.deepEqual((await look('/data/journal', disk)).broken, []);
});

test('copy: what the disk of the copy loses afterwards is found when it is looked at [JRN-34]', async () => {
  const disk = memoryDisk();
  const { journal } = await start(disk);
  const reader = journal.cursor('reader', { classes: [0], holds: true });
  for (let i = 0; i < 30; i++) await put(journal, 0, text(i));
  reader.advance(1);
  await journal.flush();
  await copyJournal('/data/journal', '/copy', { disk });
  const name = (await disk.list('/copy')).find((one) => one.endsWith('.seg'))!;
  const file = await disk.open(`/copy/${name}`, 'existing');
  await file.write(Buffer.from('x'), 2_000);
  await file.close();
  const { broken } = await look('/copy', disk);
  assert.ok(broken.length > 0);
  await journal.stop();
});

test('copy: a folder without a journal is refused, for copying and for looking [JRN-34]', async () => {
  const disk = memoryDisk();
  await disk.makeDir('/empty');
  await assert.rejects(copyJournal('/empty', '/copy', { disk }), { code: 'JOURNAL_MISUSED' });
  await assert.rejects(look('/empty', disk), { code: 'JOURNAL_MISUSED' });
});

test('copy: a full disk under the copy is said, and the original goes on [JRN-33]', async () => {
  const plate = simulatedDisk({ random: seeded(5) });
  const disk = plate.mount();
  const { journal } = await start(disk);
  for (let i = 0; i < 30; i++) await put(journal, 0, text(i));
  const full: Disk = {
    ...disk,
    async open(path, how) {
      if (path.startsWith('/copy/')) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      return how ? disk.open(path, how) : disk.open(path);
    },
  };
  await assert.rejects(copyJournal('/data/journal', '/copy', { disk: full }), { code: 'JOURNAL_DISK_FULL' });
  await put(journal, 0, 'goes on');
  await journal.stop();
});
