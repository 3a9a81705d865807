import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Journal, journal as journalOf } from '@selvedge/journal';
import { days, hours } from '@selvedge/kernel';
import { classOf, encodeReading, encodeRecord, lanes, quality, type TimeCorrection } from '@selvedge/protocol';
import { world as simulate } from '@selvedge/testkit';
import { simulatedDisk } from '../../../../testkit/src/disk/simulated-disk.ts';
import type { Snapshots } from '../../ports.ts';
import type { Told } from './corrections.ts';
import { doubtKeeper } from './keep-doubt.ts';

/** A time keeper that only remembers what it is told. */
const notebook = () => {
  const own = { untold: [] as readonly Told[], restore: (runs: readonly Told[]) => void (own.untold = runs) };
  return own;
};

function memorySnapshots(): Snapshots {
  const files = new Map<string, Buffer>();
  return {
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, Buffer.from(bytes)),
  };
}

async function openJournal(seed: number) {
  const world = simulate(seed);
  const life = world.machine('edge').boot();
  const disk = simulatedDisk({ random: world.chance('disk'), clock: world.clock });
  const classes = lanes.map((name) => ({ name, bytesMax: 1e8, ageMax: days(30) }));
  const options = { dir: '/journal', classes, sizeMax: 1e9, segmentSize: 2 ** 20, keep: hours(1) };
  const journal: Journal = journalOf(options, { ...life, disk: disk.mount() });
  const settled = async (task: Promise<void>): Promise<void> => {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    task.then(over, over);
    while (!isOver) await world.run(world.clock.ticks() + 100);
    await task;
  };
  await settled(journal.start(new AbortController().signal));
  return {
    journal,
    /** `!` a reading that is marked, `.` one that is not, each durable. */
    async readings(marks: string, klass = classOf('reading')) {
      for (const mark of marks) {
        const bits = mark === '!' ? quality.clockUnsure : 0;
        journal.append(
          klass,
          encodeReading({ device: 'd', takenAt: 1, receivedAt: 1, quality: bits, values: { n: 1 } }),
        );
      }
      await settled(journal.commit());
    },
    async correction(from: number, to: number) {
      const body: TimeCorrection = { from, to, by: 5, at: 1 };
      journal.append(classOf('time'), encodeRecord('time', body));
      await settled(journal.commit());
    },
  };
}

const unknown = (from: number, to: number): Told => ({ from, to, by: null, unknown: 'restarted' });

test('clock doubt: marked readings that no correction speaks of are found again without a snapshot [EDG-32]', async () => {
  const { journal, readings, correction } = await openJournal(1);
  await readings('..!!.!!');
  await readings('!!', 4);
  await correction(2, 4);
  await readings('.!');
  const time = notebook();
  await doubtKeeper(time, journal, memorySnapshots()).restore();
  assert.deepEqual(time.untold, [unknown(5, 9), unknown(11, 12)]);
});

test('clock doubt: a snapshot keeps what is known, and the journal tells what came after it [EDG-32]', async () => {
  const { journal, readings, correction } = await openJournal(2);
  const snapshots = memorySnapshots();
  const time = notebook();
  await readings('!!!!');
  const keeper = doubtKeeper(time, journal, snapshots);
  await keeper.restore();
  assert.deepEqual(time.untold, [unknown(0, 4)]);
  time.untold = [{ from: 0, to: 4, by: 77 }];
  await keeper.save();
  // The first of it was told just before the end.
  await correction(0, 2);
  await readings('!!.!');
  const again = notebook();
  await doubtKeeper(again, journal, snapshots).restore();
  assert.deepEqual(again.untold, [{ from: 2, to: 4, by: 77 }, unknown(5, 7), unknown(8, 9)]);
});

test('clock doubt: what was told and forgotten before a snapshot is not told again [EDG-32]', async () => {
  const { journal, readings, correction } = await openJournal(3);
  const snapshots = memorySnapshots();
  const time = notebook();
  const keeper = doubtKeeper(time, journal, snapshots);
  await keeper.save();
  await readings('!!!!');
  await correction(0, 4);
  await keeper.save();
  const again = notebook();
  await doubtKeeper(again, journal, snapshots).restore();
  assert.deepEqual(again.untold, []);
});

test('clock doubt: a snapshot of another journal says nothing [EDG-32]', async () => {
  const other = await openJournal(4);
  const snapshots = memorySnapshots();
  const time = notebook();
  time.untold = [unknown(0, 400)];
  await doubtKeeper(time, other.journal, snapshots).save();
  const { journal, readings } = await openJournal(5);
  await readings('.!');
  await doubtKeeper(time, journal, snapshots).restore();
  assert.deepEqual(time.untold, [unknown(1, 2)]);
});
