import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, seeded } from '@selvedge/kernel';
import { type SimulatedDisk, simulatedDisk } from '../../../testkit/src/disk/simulated-disk.ts';
import type { Disk } from './disk.ts';
import { complaints, type Lent, put, record, recordsOf, start } from './lent.contract.ts';

const fault = (code: string) => (cause: unknown) => isFault(cause, code);

/** A journal with one durable record, on a disk that can be told to fail. */
async function started(capacity?: number): Promise<Lent & { plate: SimulatedDisk }> {
  const plate = simulatedDisk({ random: seeded(5), ...(capacity === undefined ? {} : { capacity }) });
  const lent = await start(plate.mount());
  await put(lent.journal, 0, 'first');
  return { ...lent, plate };
}

/** Writes through only when the gate is open. */
function slowed(disk: Disk, gate: Promise<void>): Disk {
  return {
    ...disk,
    async open(path, how) {
      const file = await (how ? disk.open(path, how) : disk.open(path));
      return { ...file, writeThrough: (bytes, at) => gate.then(() => file.writeThrough(bytes, at)) };
    },
  };
}

test('journal: a failing commit refuses all that was pending with one fault, and gives the offsets again [JRN-10]', async () => {
  const plate = simulatedDisk({ random: seeded(5) });
  const gate = Promise.withResolvers<void>();
  const { journal, clock, metrics, logged } = await start(slowed(plate.mount(), gate.promise));
  await put(journal, 0, 'first');
  plate.fail('write', 'EIO', 1);
  journal.append(0, record('refused'));
  const first = journal.commit();
  await new Promise<void>((resolve) => clock.soon(resolve));
  assert.equal(journal.append(1, record('refused, too')), 2);
  const second = journal.commit();
  assert.notEqual(first, second);
  gate.resolve();
  const causes = (await Promise.allSettled([first, second])).map((one) =>
    one.status === 'rejected' ? one.reason : undefined,
  );
  assert.ok(fault('JOURNAL_DISK_FAILED')(causes[0]));
  assert.equal(causes[0], causes[1]);
  assert.equal(causes[0].facts.records, 2);
  assert.equal(journal.head.offset, 1);
  assert.equal(metrics.commitsFailed.value('JOURNAL_DISK_FAILED'), 1);
  assert.equal(metrics.healthy.value(), 0);

  await clock.advance(1_000);
  assert.equal(metrics.healthy.value(), 1);
  assert.equal(journal.append(0, record('again')), 1);
  await journal.commit();
  assert.deepEqual(await recordsOf(journal), ['0:first', '1:again']);
  assert.deepEqual(await complaints(journal), []);
  assert.deepEqual(
    logged.map(({ event }) => event),
    ['journal.commit_failed', 'journal.recovered'],
  );
  await journal.stop();
});

test('journal: what was refused does not come back, not even after a power cut [JRN-10]', async () => {
  for (const call of ['write', 'sync'] as const) {
    for (let seed = 1; seed <= 20; seed++) {
      const plate = simulatedDisk({ random: seeded(seed) });
      const { journal } = await start(plate.mount());
      await put(journal, 0, 'first');
      plate.fail(call, 'EIO', 1);
      await assert.rejects(put(journal, 0, 'refused'), fault('JOURNAL_DISK_FAILED'));
      plate.powerCut();
      const next = await start(plate.mount());
      assert.deepEqual(await recordsOf(next.journal), ['0:first'], `seed ${seed}, ${call}`);
      await next.journal.stop();
    }
  }
});

test('journal: a commit that spans segments is refused as a whole, whichever of its calls fails [JRN-10]', async () => {
  let failed = 0;
  for (const call of ['write', 'sync', 'open', 'syncDir'] as const) {
    for (let after = 0; after < 6; after++) {
      const plate = simulatedDisk({ random: seeded(after + 1) });
      const { journal, clock } = await start(plate.mount(), { segmentSize: 4_096 });
      await put(journal, 0, 'first');
      plate.fail(call, 'EIO', 1, after);
      for (let i = 0; i < 12; i++) journal.append(i % 2, new Uint8Array(1_000));
      const taken = await journal.commit().then(
        () => true,
        () => false,
      );
      if (!taken) failed += 1;
      plate.heal();
      await clock.advance(1_000);
      const expected = taken ? 13 : 1;
      assert.equal((await recordsOf(journal)).length, expected);
      plate.powerCut();
      const next = await start(plate.mount(), { segmentSize: 4_096 });
      assert.equal((await recordsOf(next.journal)).length, expected, `${call} ${after}`);
      assert.deepEqual(await complaints(next.journal), []);
      await put(next.journal, 0, 'second');
      await next.journal.stop();
    }
  }
  assert.ok(failed > 10);
});

test('journal: while the disk refuses, append throws at once; it is asked every second and the journal goes on by itself [JRN-11]', async () => {
  const { journal, plate, clock } = await started();
  plate.fail('write', 'EIO');
  await assert.rejects(put(journal, 0, 'a'), fault('JOURNAL_DISK_FAILED'));
  plate.fail('truncate', 'EIO');
  const calls = plate.count('write');
  for (let i = 0; i < 50; i++) {
    assert.throws(() => journal.append(0, record('b')), fault('JOURNAL_DISK_FAILED'));
    await assert.rejects(journal.commit(), fault('JOURNAL_DISK_FAILED'));
  }
  assert.equal(plate.count('write'), calls);
  assert.deepEqual(await recordsOf(journal), ['0:first']);
  plate.heal();
  await clock.advance(999);
  assert.throws(() => journal.append(0, record('b')), fault('JOURNAL_DISK_FAILED'));
  await clock.advance(1);
  await put(journal, 0, 'c');
  assert.deepEqual(await recordsOf(journal), ['0:first', '1:c']);
  await journal.stop();
});

test('journal: a repair that fails is tried again each second [JRN-11]', async () => {
  const { journal, plate, clock } = await started();
  plate.fail('sync', 'EIO');
  plate.fail('truncate', 'EIO');
  await assert.rejects(put(journal, 0, 'a'), fault('JOURNAL_DISK_FAILED'));
  await clock.advance(3_500);
  assert.equal(plate.count('truncate'), 4);
  plate.heal();
  await clock.advance(1_000);
  await put(journal, 0, 'b');
  assert.deepEqual(await recordsOf(journal), ['0:first', '1:b']);
  await journal.stop();
});

test('journal: a full disk is a fault of its own, cursors are saved all the same, and it ends when there is room [JRN-11]', async () => {
  const { journal, plate, clock } = await started();
  const cursor = journal.cursor('reader', { classes: [0], holds: true });
  await journal.flush();
  plate.resize(plate.usedBytes + 100);
  await assert.rejects(put(journal, 0, 'x'.repeat(500)), fault('JOURNAL_DISK_FULL'));
  cursor.advance(1);
  await assert.rejects(journal.flush(), fault('JOURNAL_DISK_FULL'));
  await clock.advance(5_000);
  assert.throws(() => journal.append(0, record('y')), fault('JOURNAL_DISK_FULL'));
  plate.resize(1_000_000);
  await clock.advance(1_000);
  await put(journal, 0, 'z');
  assert.deepEqual(await recordsOf(journal), ['0:first', '1:z']);
  plate.powerCut();
  const next = await start(plate.mount());
  assert.equal(next.journal.cursor('reader', { classes: [0], holds: true }).offset, 1);
  await next.journal.stop();
});

test('journal: it starts on a full disk, so that what it holds can be read and let go [JRN-11]', async () => {
  const { journal, plate } = await started();
  await put(journal, 0, 'second');
  plate.kill();
  plate.resize(plate.usedBytes);
  const next = await start(plate.mount());
  assert.deepEqual(await recordsOf(next.journal), ['0:first', '1:second']);
  await next.journal.retain();
  await next.journal.stop();
});

test('journal: a file whose sync failed is not written again; a new segment begins [JRN-12]', async () => {
  const { journal, plate, clock } = await started();
  plate.fail('sync', 'EIO', 1);
  await assert.rejects(put(journal, 0, 'refused'), fault('JOURNAL_DISK_FAILED'));
  await clock.advance(1_000);
  await put(journal, 0, 'second');
  const segments = plate.paths().filter((path) => path.endsWith('.seg'));
  assert.deepEqual(
    segments.map((path) => path.slice(-20)),
    ['0000000000000000.seg', '0000000000000001.seg'],
  );
  plate.powerCut();
  const next = await start(plate.mount());
  assert.deepEqual(await recordsOf(next.journal), ['0:first', '1:second']);
  assert.deepEqual(await complaints(next.journal), []);
  await next.journal.stop();
});

test('journal: a process that follows one whose sync failed trusts only what it has written again [JRN-12]', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const plate = simulatedDisk({ random: seeded(seed) });
    const first = await start(plate.mount());
    await put(first.journal, 0, 'first');
    plate.fail('sync', 'EIO');
    plate.fail('truncate', 'EIO');
    await assert.rejects(put(first.journal, 0, 'refused'), fault('JOURNAL_DISK_FAILED'));
    plate.kill();
    plate.heal();
    const second = await start(plate.mount());
    const shown = await recordsOf(second.journal);
    plate.powerCut();
    const third = await start(plate.mount());
    assert.deepEqual(await recordsOf(third.journal), shown, `seed ${seed}`);
    await third.journal.stop();
  }
});

test('journal: a stop under a failing disk ends, and says what could not be saved [JRN-11]', async () => {
  const { journal, plate, logged } = await started();
  plate.fail('write', 'EIO');
  plate.fail('sync', 'EIO');
  journal.append(0, record('refused'));
  const refused = assert.rejects(journal.commit(), fault('JOURNAL_DISK_FAILED'));
  await journal.stop();
  await refused;
  assert.ok(logged.some(({ event }) => event === 'journal.state_not_saved'));
});

test('journal: more than pendingMax waiting for the disk is refused with the numbers, and taken when it has gone [JRN-13]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const { journal, metrics } = await start(plate.mount(), { pendingMax: 10_000 });
  const fill = (): number => {
    let taken = 0;
    try {
      for (;;) {
        journal.append(0, new Uint8Array(1_000));
        taken += 1;
      }
    } catch (cause) {
      assert.ok(fault('JOURNAL_FULL')(cause));
      assert.match((cause as Error).message, /^10000 bytes wait for the disk, no room for 1156 more$/);
    }
    return taken;
  };
  assert.equal(fill(), 9);
  assert.throws(() => journal.append(0, new Uint8Array(1_000)), fault('JOURNAL_FULL'));
  assert.equal(journal.append(0, new Uint8Array(10)), 9);
  await journal.commit();
  assert.equal(fill(), 9);
  await journal.commit();
  assert.equal(journal.head.offset, 19);
  assert.equal(metrics.refused.value('JOURNAL_FULL'), 3);
  await journal.stop();
});

test('journal: beyond sizeMax it refuses, still reads and acknowledges, and goes on when something was let go [JRN-13]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const { journal, clock } = await start(plate.mount(), { sizeMax: 80_000, recordMax: 1_000 });
  const cursor = journal.cursor('reader', { classes: [0], holds: true });
  const fill = async (): Promise<void> => {
    for (let i = 0; i < 1_000; i++) await put(journal, 0, 'x'.repeat(1_000));
  };
  await assert.rejects(fill(), fault('JOURNAL_FULL'));
  const { sizeBytes } = journal.use();
  assert.ok(sizeBytes <= 80_000 && sizeBytes > 70_000, `${sizeBytes}`);
  assert.equal((await recordsOf(journal)).length, journal.head.offset);
  cursor.advance(journal.head.offset - 10);
  await clock.advance(1_000);
  assert.throws(() => journal.append(0, new Uint8Array(1_000)), fault('JOURNAL_FULL'));
  await clock.advance(1_000);
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => clock.soon(resolve));
  await put(journal, 0, 'room again');
  assert.ok(journal.use().firstOffset > 0);
  assert.deepEqual(await complaints(journal), []);
  await journal.stop();
});
