import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, seeded } from '@selvedge/kernel';
import { simulatedDisk } from '../../../testkit/src/disk/simulated-disk.ts';
import { memoryDisk } from './adapters/memory/disk.ts';
import { put, record, start } from './lent.contract.ts';

const refused = (cause: unknown): boolean => isFault(cause, 'JOURNAL_CURSOR_REFUSED');
const follows = { classes: [0], holds: true };

test('cursor: it begins where it is asked to, or at the oldest record, and is found again by its name [JRN-18]', async () => {
  const disk = memoryDisk();
  const first = await start(disk);
  await put(first.journal, 0, 'a', 'b', 'c');
  assert.equal(first.journal.cursor('old', follows).offset, 0);
  const cursor = first.journal.cursor('new', { ...follows, start: 3 });
  assert.deepEqual([cursor.name, cursor.offset], ['new', 3]);
  first.journal.cursor('old', follows).advance(2);
  assert.equal(first.journal.cursor('old', { ...follows, start: 0 }).offset, 2);
  await first.journal.stop();
  const { journal } = await start(disk);
  assert.equal(journal.cursor('old', follows).offset, 2);
  assert.equal(journal.cursor('new', follows).offset, 3);
  await journal.stop();
});

test('cursor: it moves forward within the durable records, and never otherwise [JRN-19]', async () => {
  const { journal } = await start(memoryDisk());
  await put(journal, 0, 'a', 'b', 'c');
  const cursor = journal.cursor('reader', follows);
  cursor.advance(2);
  cursor.advance(2);
  assert.throws(() => cursor.advance(1), refused);
  assert.throws(() => cursor.advance(Number.NaN), refused);
  journal.append(0, record('d'));
  assert.throws(() => cursor.advance(4), refused);
  assert.equal(cursor.offset, 2);
  assert.throws(() => journal.cursor('far', { ...follows, start: 4 }), refused);
  assert.throws(() => journal.cursor('', follows), refused);
  assert.throws(() => journal.cursor('ü'.repeat(33), follows), refused);
  assert.throws(() => journal.cursor('strange', { classes: [2], holds: true }), refused);
  for (let i = 1; i < 64; i++) journal.cursor(`reader ${i}`, follows);
  assert.throws(() => journal.cursor('one more', follows), refused);
  journal.forget('reader 5');
  journal.cursor('one more', follows);
  await journal.stop();
});

test('cursor: it is durable 50 ms after it moved, without a sync for each move [JRN-18]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const { journal, clock, metrics } = await start(plate.mount());
  const cursor = journal.cursor('reader', follows);
  for (let i = 1; i <= 40; i++) {
    await put(journal, 0, `${i}`);
    cursor.advance(i);
    await clock.advance(5);
  }
  const saved = metrics.stateSaved.value();
  assert.ok(saved >= 3 && saved <= 4, `${saved}`);
  await clock.advance(50);
  plate.powerCut();
  const next = await start(plate.mount());
  assert.equal(next.journal.cursor('reader', follows).offset, 40);
  await next.journal.stop();
});

test('cursor: flush and stop make it durable now [JRN-18]', async () => {
  const plate = simulatedDisk({ random: seeded(2) });
  const first = await start(plate.mount());
  await put(first.journal, 0, 'a', 'b');
  first.journal.cursor('reader', follows).advance(1);
  await first.journal.flush();
  plate.powerCut();
  const second = await start(plate.mount());
  const cursor = second.journal.cursor('reader', follows);
  assert.equal(cursor.offset, 1);
  cursor.advance(2);
  await second.journal.stop();
  plate.powerCut();
  const third = await start(plate.mount());
  assert.equal(third.journal.cursor('reader', follows).offset, 2);
  await third.journal.stop();
});

test('cursor: it is never durable before what was appended before it moved [JRN-18]', async () => {
  let moved = 0;
  for (let seed = 1; seed <= 120; seed++) {
    const plate = simulatedDisk({ random: seeded(seed) });
    const first = await start(plate.mount());
    await put(first.journal, 0, 'cause');
    const cursor = first.journal.cursor('rules', follows);
    await first.journal.flush();
    const cut = plate.cutAfter(1 + (seed % 9));
    first.journal.append(1, record('what follows from it'));
    cursor.advance(1);
    await Promise.race([first.journal.flush(), cut]);
    plate.powerCut();
    const { journal } = await start(plate.mount());
    if (journal.cursor('rules', follows).offset === 1) {
      assert.equal(journal.head.offset, 2, `seed ${seed}`);
      moved += 1;
    }
    await journal.stop();
  }
  assert.ok(moved > 0 && moved < 120);
});

test('cursor: a disk that refuses to save it is told once, and it is saved when the disk can [JRN-18]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const { journal, clock, logged } = await start(plate.mount());
  await put(journal, 0, 'a');
  const cursor = journal.cursor('reader', follows);
  plate.fail('sync', 'EIO');
  cursor.advance(1);
  await assert.rejects(journal.flush(), (cause) => isFault(cause, 'JOURNAL_DISK_FAILED'));
  await clock.advance(5_000);
  assert.equal(logged.filter(({ event }) => event === 'journal.state_not_saved').length, 1);
  plate.heal();
  await clock.advance(1_100);
  plate.powerCut();
  const next = await start(plate.mount());
  assert.equal(next.journal.cursor('reader', follows).offset, 1);
  await next.journal.stop();
});
