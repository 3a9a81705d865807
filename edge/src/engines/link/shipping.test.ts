import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '@selvedge/journal';
import { millis, seconds } from '@selvedge/kernel';
import { frameTypeOf, lanes, readingSizeMax, shapes, writeReading } from '@selvedge/protocol';
import { deviceTally } from './device-tally.ts';
import { batchesOf, setUp, told } from './uplink.fixture.ts';

/** A batch with a reading of each of the devices. */
function batchOf(...devices: readonly string[]): Batch {
  const shape = shapes().of(['value'], [0], 1);
  const records = devices.map((device) => {
    const fields = {
      deviceUtf8: Buffer.from(device),
      shape,
      values: [1],
      takenAt: 1,
      receivedAt: 1,
      boot: -1,
      seq: -1,
      quality: 0,
    };
    const record = Buffer.alloc(4 + readingSizeMax(fields));
    const length = writeReading(record, 4, fields);
    record.writeUInt32LE(length);
    return record.subarray(0, 4 + length);
  });
  return { body: Buffer.concat(records), firstOffset: 0 } as unknown as Batch;
}

const offsetsOf = (end: Parameters<typeof batchesOf>[0]): readonly number[] =>
  batchesOf(end).map(({ firstOffset }) => firstOffset);

test('link: what is new goes before what was left behind, and that goes too [LNK-31] [LNK-32]', async () => {
  // A link of 1 000 bytes a second: one frame of 200 bytes each fifth of a second.
  const one = await setUp({ seed: 1, capacity: 1_000, before: Array.from({ length: 40 }, () => 2) });
  one.welcome([]);
  await one.run(300);
  const before = one.shipped().length;
  assert.ok(before > 0 && before < 20, `${before} of the backlog left at once`);
  const live = await one.append(2);
  one.acknowledge([[0, before]]);
  await one.run(250);
  const place = one.shipped().indexOf(live);
  assert.ok(place >= 0 && place <= before + 2, `${live} left at place ${place} of ${one.shipped().length}`);
  for (let turn = 0; turn < 200; turn++) {
    one.acknowledge(one.shipped().map((offset) => [offset, offset + 1]));
    await one.run(100);
  }
  assert.deepEqual(
    [...one.shipped()].sort((a, b) => a - b),
    Array.from({ length: 41 }, (_, offset) => offset),
  );
  assert.deepEqual(one.link.acknowledged, [41, 41, 41, 41, 41]);
});

test('link: what is critical goes first, also from the backlog [LNK-31]', async () => {
  const before = [...Array.from({ length: 30 }, () => 1), 0, 1, 0];
  const one = await setUp({ seed: 2, capacity: 1_000, before });
  one.welcome([]);
  await one.run(300);
  assert.ok(one.shipped().indexOf(30) < 5 && one.shipped().indexOf(32) < 5, `${one.shipped()}`);
});

test('link: what was acknowledged above the cursor is not sent again on the next link [LNK-33]', async () => {
  const one = await setUp({ seed: 3, before: [1, 1, 1, 1, 1] });
  one.welcome([]);
  await one.run(50);
  one.acknowledge([
    [1, 2],
    [3, 5],
  ]);
  assert.equal(one.link.acknowledged[1], 0);
  one.ends[0]!.cut();
  await one.run(3_000);
  one.welcome([
    [1, 2],
    [3, 5],
  ]);
  await one.run(50);
  assert.deepEqual(one.shipped(), [0, 2]);
  one.acknowledge([[0, 5]]);
  assert.equal(one.link.acknowledged[1], 5);
});

test('link: beyond its bound a lane leaves the oldest to the backlog, counted, and nothing is lost [LNK-34] [BUD-4]', async () => {
  const one = await setUp({ seed: 4, capacity: 400, queueMax: lanes.map(() => 10) });
  one.welcome([]);
  for (let i = 0; i < 30; i++) await one.append(2);
  const { demoted, waiting } = one.link.use().classes[2]!;
  assert.ok(demoted > 0, 'nothing was demoted');
  assert.ok(waiting <= 10, `${waiting} wait`);
  for (let turn = 0; turn < 300; turn++) {
    one.acknowledge(one.shipped().map((offset) => [offset, offset + 1]));
    await one.run(100);
  }
  assert.deepEqual(
    [...new Set(one.shipped())].sort((a, b) => a - b),
    Array.from({ length: 30 }, (_, offset) => offset),
  );
  assert.equal(one.link.acknowledged[2], 30);
});

test('link: what has waited for longer than its lifetime is live no more [LNK-34] [BUD-4]', async () => {
  const one = await setUp({ seed: 5, capacity: 400, lifetime: seconds(3) });
  one.welcome([]);
  for (let i = 0; i < 8; i++) await one.append(3);
  await one.run(5_000);
  assert.ok(one.link.use().classes[3]!.demoted > 0);
  assert.equal(one.link.use().classes[3]!.waiting, 0);
});

test('link: what is new waits a moment for more, so that frames are few; what is critical does not [LNK-35]', async () => {
  const gather = [0, 200, 1_000, 1_000, 1_000].map(millis);
  const one = await setUp({ seed: 6, bundles: true, gather, bulk: false });
  one.welcome([], ['bundle']);
  await one.run(50);
  for (const klass of [3, 3, 1, 1, 0]) await one.write(klass);
  one.link.nudge();
  await one.run(30);
  assert.deepEqual(
    batchesOf(one.ends[0]!).map(({ klass }) => klass),
    [0],
  );
  await one.run(250);
  assert.deepEqual(
    batchesOf(one.ends[0]!).map(({ klass }) => klass),
    [0, 1, 1],
  );
  await one.run(1_000);
  assert.deepEqual(offsetsOf(one.ends[0]!), [4, 2, 3, 0, 1]);
  const bundles = one.ends[0]!.frames.filter((frame) => {
    const type = frameTypeOf(frame);
    return type.ok && type.value === 'bundle';
  });
  assert.equal(bundles.length, 3);
});

test('link: a run that the cloud could not chain goes again batch by batch [LNK-37]', async () => {
  const one = await setUp({ seed: 7, bundles: true, bulk: false, before: [1, 1, 1] });
  one.welcome([], ['bundle']);
  await one.run(100);
  assert.deepEqual(offsetsOf(one.ends[0]!), [0, 1, 2]);
  one.ends[0]!.say('refused', { code: 'LINK_RUN_BROKEN', message: '', offset: 0 });
  await one.run(100);
  const types = one.ends[0]!.frames.map((frame) => frameTypeOf(frame)).map((type) => type.ok && type.value);
  assert.equal(types.filter((type) => type === 'batch').length, 3);
  one.ends[0]!.say('refused', { code: 'LINK_BATCH_BROKEN', message: '', offset: 1 });
  one.acknowledge([
    [0, 1],
    [2, 3],
  ]);
  assert.equal(one.link.acknowledged[1], 3);
});

test('link: after a bundle that the cloud could not read, the next link goes batch by batch [LNK-38]', async () => {
  const one = await setUp({ seed: 8, bundles: true, bulk: false, before: [1, 1] });
  one.welcome([], ['bundle']);
  await one.run(100);
  one.ends[0]!.say('refused', { code: 'LINK_BUNDLE_INVALID', message: 'no' });
  await one.run(5_000);
  one.welcome([], ['bundle']);
  await one.run(100);
  const types = one.ends
    .at(-1)!
    .frames.map((frame) => frameTypeOf(frame))
    .map((type) => type.ok && type.value);
  assert.equal(types.filter((type) => type === 'batch').length, 2);
});

test('link: readings that stay at the site travel as links of the chain, without a byte of their bodies [LNK-39]', async () => {
  for (const bundles of [false, true]) {
    const one = await setUp({ seed: 9, bundles, bulk: false, before: [4, 4] });
    one.welcome([], bundles ? ['bundle'] : []);
    await one.run(100);
    assert.ok(one.ends[0]!.frames.length > 2);
    assert.ok(one.ends[0]!.frames.every((frame) => !frame.includes('record of class 4')));
    one.acknowledge([[0, 2]]);
    assert.equal(one.link.acknowledged[4], 2);
  }
});

test('link: bulk has its own connection, alarms do not share it, and when it is lost the first one carries all [LNK-41] [LNK-42]', async () => {
  const one = await setUp({ seed: 10 });
  one.welcome([], ['bulk']);
  await one.run(100);
  assert.equal(one.ends.length, 2);
  const [control, bulk] = [one.ends[0]!, one.ends[1]!];
  assert.equal(told(bulk, 'hello')[0]?.channel, 'bulk');
  bulk.say('welcome', { acknowledged: [], time: 0 });
  await one.append(1);
  await one.append(0);
  assert.deepEqual([offsetsOf(control), offsetsOf(bulk)], [[1], [0]]);
  control.say('ask', { question: 1, what: 'audit' });
  await one.run(10);
  assert.deepEqual([told(control, 'answer').length, told(bulk, 'answer').length], [0, 1]);
  one.reachable.now = false;
  bulk.cut();
  await one.run(1_500);
  assert.deepEqual(offsetsOf(control), [1, 0]);
  assert.equal(one.link.mode, 'online');
  one.reachable.now = true;
  await one.run(15_000);
  assert.ok(one.ends.length >= 3 && control.isOpen, 'a second connection was tried again');
});

test('link: where the cloud refuses a second connection, one does for all [LNK-42]', async () => {
  const one = await setUp({ seed: 11 });
  one.welcome([], ['bulk']);
  await one.run(100);
  one.ends[1]!.say('refused', { code: 'LINK_BULK_ALONE', message: 'no' });
  await one.append(1);
  assert.deepEqual(offsetsOf(one.ends[0]!), [0]);
  assert.ok(one.ends[0]!.isOpen);
});

test('link: a silent cloud is asked for a sign of life, and given up [LNK-44]', async () => {
  const one = await setUp({ seed: 12, bulk: false });
  one.welcome([]);
  await one.run(15_000);
  assert.ok(told(one.ends[0]!, 'ping').length > 0);
  assert.ok(one.ends[0]!.isOpen);
  await one.run(17_000);
  assert.ok(!one.ends[0]!.isOpen);
});

test('link: who is told to come again later does so, each at a time of its own [LNK-45]', async () => {
  const waits: number[] = [];
  for (let seed = 1; seed <= 10; seed++) {
    const one = await setUp({ seed, bulk: false });
    const from = one.world.clock.ticks();
    one.ends[0]!.say('refused', { code: 'LINK_CROWDED', message: '', retryAfter: 4_000 });
    while (one.ends.length === 1) await one.run(100);
    waits.push(one.world.clock.ticks() - from);
  }
  assert.ok(
    waits.every((wait) => wait >= 4_000 && wait <= 8_200),
    `${waits}`,
  );
  assert.ok(new Set(waits).size > 5, `${waits}`);
});

test('link: says which device uses it, by the size of its records [BUD-8]', async () => {
  const tally = deviceTally();
  tally.count([batchOf('pump-1', 'pump-2', 'pump-1')], 300);
  const top = tally.top(2);
  assert.deepEqual(
    top.map(({ device, records }) => [device, records]),
    [
      ['pump-1', 2],
      ['pump-2', 1],
    ],
  );
  assert.equal(
    top.reduce((sum, { bytes }) => sum + bytes, 0),
    300,
  );
});
