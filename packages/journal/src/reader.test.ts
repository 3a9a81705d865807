import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { memoryDisk } from './adapters/memory/disk.ts';
import type { Disk } from './disk.ts';
import type { Journal } from './journal.ts';
import { batchesOf, record, start } from './lent.contract.ts';

interface Watched {
  readonly disk: Disk;
  /** Bytes and calls of reading since the last look. */
  look(): { readonly bytes: number; readonly calls: number };
}

function watched(disk: Disk): Watched {
  let bytes = 0;
  let calls = 0;
  return {
    look() {
      const seen = { bytes, calls };
      bytes = 0;
      calls = 0;
      return seen;
    },
    disk: {
      ...disk,
      async open(path, how) {
        const file = await (how ? disk.open(path, how) : disk.open(path));
        return {
          ...file,
          read(into, at) {
            bytes += into.length;
            calls += 1;
            return file.read(into, at);
          },
        };
      },
    },
  };
}

const large = { segmentSize: 400_000, sizeMax: 8_000_000, pendingMax: 2_000_000, recordMax: 60_000 };

/** 40 bulk batches of 50 000 bytes, and one urgent record of 10 bytes after each tenth; started anew, so that all is on disk. */
async function mostlyBulk(): Promise<Watched & { journal: Journal }> {
  const watch = watched(memoryDisk());
  const fill = await start(watch.disk, large);
  for (let i = 0; i < 40; i++) {
    fill.journal.append(1, new Uint8Array(50_000).fill(i));
    if (i % 10 === 9) fill.journal.append(0, record(`urgent ${i / 10 - 0.9}.`));
    await fill.journal.commit();
  }
  await fill.journal.stop();
  const { journal } = await start(watch.disk, large);
  watch.look();
  return { ...watch, journal };
}

test('reader: with classes, the bodies of others are not read from disk [JRN-30]', async () => {
  const { journal, look } = await mostlyBulk();
  const urgent = await batchesOf(journal, 0, [0]);
  assert.deepEqual(
    urgent.map(({ firstOffset }) => firstOffset),
    [10, 21, 32, 43],
  );
  const { bytes } = look();
  assert.ok(bytes < 250_000, `${bytes} of 2 000 000`);
  assert.equal((await batchesOf(journal, 0, [1])).length, 40);
  assert.equal((await batchesOf(journal, 0, [])).length, 0);
  await journal.stop();
});

test('reader: a reader of a class of which there is nothing new touches no disk [JRN-30]', async () => {
  const { journal, look } = await mostlyBulk();
  const { offset } = journal.head;
  for (let i = 0; i < 5; i++) journal.append(1, new Uint8Array(50_000));
  await journal.commit();
  assert.deepEqual(await batchesOf(journal, offset, [0]), []);
  assert.deepEqual(await batchesOf(journal, 44, [0]), []);
  assert.equal(look().calls, 0);
  await journal.stop();
});

test('reader: readers at the head are served from memory [JRN-30]', async () => {
  const { journal, look } = await mostlyBulk();
  for (let i = 0; i < 20; i++) {
    const { offset } = journal.head;
    journal.append(0, record(`${i}`));
    await journal.commit();
    assert.equal((await batchesOf(journal, offset)).length, 1);
  }
  assert.equal(look().calls, 0);
  await journal.stop();
});

test('reader: from any offset on, from disk and memory together, each batch comes once [JRN-7]', async () => {
  const { journal } = await mostlyBulk();
  for (let i = 0; i < 30; i++) {
    for (let j = 0; j < 10; j++) journal.append(i % 2, new Uint8Array(10_000).fill(i));
    await journal.commit();
  }
  const all = await batchesOf(journal);
  for (let from = 0; from < journal.head.offset; from += 7) {
    const first = all.findIndex(({ firstOffset, count }) => firstOffset + count > from);
    const some = await batchesOf(journal, from);
    assert.deepEqual(
      some.map(({ firstOffset }) => firstOffset),
      all.slice(first).map(({ firstOffset }) => firstOffset),
    );
    assert.deepEqual(Buffer.from(some[0]!.body!), Buffer.from(all[first]!.body!));
  }
  await journal.stop();
});

test('reader: a disk that fails is a fault with the offset, and closes the file [JRN-11]', async () => {
  const failing: { reads: boolean; open: number } = { reads: false, open: 0 };
  const plain = memoryDisk();
  const disk: Disk = {
    ...plain,
    async open(path, how) {
      const file = await (how ? plain.open(path, how) : plain.open(path));
      failing.open += 1;
      return {
        ...file,
        async read(into, at) {
          if (failing.reads) throw Object.assign(new Error('bad sector'), { code: 'EIO' });
          return file.read(into, at);
        },
        async close() {
          failing.open -= 1;
        },
      };
    },
  };
  const fill = await start(disk);
  fill.journal.append(0, record('a'));
  await fill.journal.stop();
  assert.equal(failing.open, 0);
  const { journal } = await start(disk);
  const open = failing.open;
  failing.reads = true;
  await assert.rejects(
    batchesOf(journal),
    (cause) => isFault(cause, 'JOURNAL_DISK_FAILED') && /offset 0 cannot be read: EIO/.test(cause.message),
  );
  assert.equal(failing.open, open);
  failing.reads = false;
  for await (const _ of journal.read(0)) break;
  assert.equal(failing.open, open);
  await journal.stop();
  assert.equal(failing.open, 0);
});
