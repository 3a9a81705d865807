import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, diskCode } from '@selvedge/journal';
import { diskContract } from '@selvedge/journal/contract';
import { seeded } from '@selvedge/kernel';
import { simulatedClock } from '../clock.ts';
import { timeline } from '../timeline.ts';
import { type SimulatedDisk, simulatedDisk } from './simulated-disk.ts';

diskContract('simulated disk', async () => ({
  disk: simulatedDisk({ random: seeded(1) }).mount(),
  dir: '/data/journal',
}));

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

async function put(disk: Disk, path: string, content: Uint8Array, sync: boolean): Promise<void> {
  const file = await disk.open(path);
  await file.write(content, 0);
  if (sync) await file.sync();
}

/** Opens `/d/a` with 100 synced ones, and lets `then` go on. */
async function withOnes(
  seed: number,
  then: (disk: Disk, plate: SimulatedDisk) => Promise<void>,
): Promise<SimulatedDisk> {
  const plate = simulatedDisk({ random: seeded(seed) });
  const disk = plate.mount();
  await disk.makeDir('/d');
  await put(disk, '/d/a', bytes(100, 1), true);
  await disk.syncDir('/d');
  await then(disk, plate);
  return plate;
}

test('simulated disk: what was synced survives a power cut, what was not may be whole, torn or gone [JRN-31]', async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    const plate = await withOnes(seed, async (disk) => {
      const file = await disk.open('/d/a');
      await file.write(bytes(1_500, 2), 100);
    });
    plate.powerCut();
    const left = plate.content('/d/a');
    assert.deepEqual(left.subarray(0, 100), bytes(100, 1), `seed ${seed}`);
    const kept = left.subarray(100).filter((one) => one === 2).length;
    const whole = kept === 1_500 ? 'whole' : kept === 0 ? 'gone' : 'torn';
    outcomes.add(left.length > 100 && kept === 0 ? 'size alone' : whole);
  }
  assert.deepEqual([...outcomes].sort(byText), ['gone', 'size alone', 'torn', 'whole']);
});

test('simulated disk: names that were not synced may be undone by a power cut [JRN-31]', async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 50; seed++) {
    const plate = await withOnes(seed, async (disk) => {
      await put(disk, '/d/b', bytes(5, 3), true);
      await disk.rename('/d/b', '/d/a');
    });
    plate.powerCut();
    outcomes.add(plate.paths().join());
    assert.ok([1, 3].includes(plate.content(plate.paths()[0]!)[0]!));
  }
  assert.deepEqual([...outcomes].sort(byText), ['/d/a', '/d/a,/d/b']);
});

test('simulated disk: a killed process loses nothing that it wrote, and hears no more of it [JRN-31]', async () => {
  const plate = await withOnes(1, async (disk, plate) => {
    const file = await disk.open('/d/a');
    const never = file.write(bytes(5, 2), 0).then(() => assert.fail('a dead process was answered'));
    plate.kill();
    await Promise.race([never, new Promise((resolve) => setImmediate(resolve))]);
    await Promise.race([disk.list('/d').then(() => assert.fail('a dead process was answered')), Promise.resolve()]);
  });
  assert.equal(plate.content('/d/a')[0], 2);
  await plate.mount().lock('/d/lock');
});

test('simulated disk: a full disk refuses with ENOSPC, says how much is free, and takes more when it grows [JRN-31]', async () => {
  await withOnes(1, async (disk, plate) => {
    plate.resize(150);
    assert.equal(await disk.free('/d'), 50);
    const file = await disk.open('/d/a');
    await assert.rejects(file.write(bytes(60, 2), 100), (cause) => diskCode(cause) === 'ENOSPC');
    await file.truncate(100);
    await file.write(bytes(50, 2), 100);
    await file.write(bytes(10, 3), 0);
    plate.resize(160);
    await file.write(bytes(10, 2), 150);
  });
});

test('simulated disk: it lies and fails when told; after a failed sync the next one is no proof [JRN-31]', async () => {
  const lost = new Set<boolean>();
  for (let seed = 1; seed <= 20; seed++) {
    const plate = await withOnes(seed, async (disk, plate) => {
      const file = await disk.open('/d/a');
      await file.write(bytes(10, 2), 0);
      plate.fail('sync', 'EIO', 1);
      await assert.rejects(file.sync(), (cause) => diskCode(cause) === 'EIO');
      await file.sync();
      plate.fail('read', 'EIO');
      await assert.rejects(file.read(new Uint8Array(1), 0), (cause) => diskCode(cause) === 'EIO');
      plate.heal();
      assert.equal(await file.read(new Uint8Array(1), 0), 1);
    });
    plate.powerCut();
    lost.add(plate.content('/d/a')[0] === 1);
  }
  assert.deepEqual([...lost].sort(byText), [false, true]);

  let liedAbout = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const plate = await withOnes(seed, async (disk, plate) => {
      plate.lie(true);
      await put(disk, '/d/a', bytes(100, 2), true);
    });
    plate.powerCut();
    if (plate.content('/d/a')[0] === 1) liedAbout += 1;
  }
  assert.ok(liedAbout > 0);
});

test('simulated disk: a file that was put there is as if it had been synced [JRN-31]', async () => {
  const disk = simulatedDisk({ random: seeded(5) });
  disk.put('/a/b/file', Buffer.from('whole'));
  disk.powerCut();
  assert.deepEqual([disk.paths(), Buffer.from(disk.content('/a/b/file')).toString()], [['/a/b/file'], 'whole']);
});

test('simulated disk: it flips one bit, for good [JRN-31]', async () => {
  const plate = await withOnes(1, async (_, plate) => plate.flip('/d/a'));
  plate.powerCut();
  const changed = plate.content('/d/a').filter((one) => one !== 1);
  assert.equal(changed.length, 1);
  assert.equal(Math.log2(changed[0]! ^ 1) % 1, 0);
});

test('simulated disk: the same chance gives the same history, also in simulated time [JRN-31]', async () => {
  const history = async (): Promise<unknown> => {
    const line = timeline();
    const plate = simulatedDisk({ random: seeded(9), clock: simulatedClock(line), delayMax: 5 });
    const disk = plate.mount();
    const story = (async () => {
      await disk.makeDir('/d');
      for (let i = 0; i < 20; i++) await put(disk, `/d/${i}`, bytes(700, i), i % 2 === 0);
      plate.powerCut();
      return line.now;
    })();
    await line.run(10_000);
    return [await story, plate.paths().map((path) => [path, Buffer.from(plate.content(path)).toString('base64')])];
  };
  assert.deepEqual(await history(), await history());
});

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);
