import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchHash } from '@selvedge/journal';
import { type BatchFrame, decodeFrame } from '@selvedge/protocol';
import { batchesOf, setUp } from './uplink.fixture.ts';

test('link: says hello first, and ships nothing before it is welcome [EDG-40]', async () => {
  const one = await setUp({ seed: 1 });
  await one.append(1);
  const hello = decodeFrame(one.ends[0]!.frames[0]!);
  assert.ok(hello.ok && hello.value.type === 'hello');
  assert.deepEqual([hello.value.body.node, hello.value.body.epoch], ['edge-1', one.journal.epoch]);
  assert.deepEqual(one.shipped(), []);
  one.welcome([]);
  await one.run(50);
  assert.deepEqual(one.shipped(), [0]);
});

test('link: what a lost link left unanswered is sent again, what was acknowledged is not [EDG-40]', async () => {
  const one = await setUp({ seed: 2 });
  one.welcome([]);
  for (const klass of [1, 1, 0, 3]) await one.append(klass);
  assert.deepEqual(one.shipped(), [0, 1, 2, 3]);
  one.acknowledge([
    [0, 1],
    [2, 3],
  ]);
  assert.deepEqual(one.link.acknowledged, [4, 1, 4, 3, 4]);
  one.ends[0]!.cut();
  await one.run(3_000);
  assert.equal(one.ends.length, 2);
  one.welcome([
    [0, 1],
    [2, 3],
  ]);
  await one.run(100);
  assert.deepEqual(one.shipped(), [1, 3]);
  one.acknowledge([[0, 4]]);
  assert.deepEqual(one.link.acknowledged, [4, 4, 4, 4, 4]);
});

test('link: a lane without records does not look as if it were behind [EDG-40]', async () => {
  const one = await setUp({ seed: 3 });
  one.welcome([]);
  await one.append(1);
  one.acknowledge([[0, 1]]);
  await one.run(100);
  assert.deepEqual(one.link.acknowledged, [1, 1, 1, 1, 1]);
});

test('link: without a link for its time the node is offline, and online again when it is welcome [EDG-41]', async () => {
  const one = await setUp({ seed: 4 });
  one.welcome([]);
  await one.run(2_000);
  assert.equal(one.link.mode, 'online');
  one.reachable.now = false;
  one.ends[0]!.cut();
  await one.run(29_000);
  assert.equal(one.link.mode, 'online');
  await one.run(4_000);
  assert.equal(one.link.mode, 'offline');
  one.reachable.now = true;
  await one.run(6_000);
  one.welcome([]);
  await one.run(2_000);
  assert.equal(one.link.mode, 'online');
});

test('link: a silent link is given up and another is opened [EDG-41]', async () => {
  const one = await setUp({ seed: 5 });
  one.welcome([]);
  await one.run(45_000);
  assert.ok(one.ends.length >= 2);
});

test('link: a cloud that lacks what it had acknowledged gets it again [EDG-42]', async () => {
  const one = await setUp({ seed: 6 });
  one.welcome([]);
  for (const klass of [1, 1, 1]) await one.append(klass);
  one.acknowledge([[0, 3]]);
  one.ends[0]!.cut();
  await one.run(3_000);
  one.welcome([[0, 1]]);
  await one.run(100);
  assert.deepEqual(one.shipped(), [1, 2]);
});

test('link: what is shipped carries hashes that the other side computes the same [EDG-40]', async () => {
  const one = await setUp({ seed: 7 });
  one.welcome([]);
  for (const klass of [1, 0]) await one.append(klass);
  const batches = batchesOf(one.ends[0]!) as readonly BatchFrame[];
  assert.equal(batches.length, 2);
  for (const batch of batches) {
    const hash = batchHash({ ...batch, bodyLength: batch.plainLength }, batch.bodyDigest, batch.prevHash);
    assert.deepEqual(Buffer.from(hash), Buffer.from(batch.hash));
  }
});
