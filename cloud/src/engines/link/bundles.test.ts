import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { type BatchFrame, type BundleRun, bundleEncoder, localClass } from '@selvedge/protocol';
import { settled } from '../../manual-clock.fixture.ts';
import { chain, epoch, linksWorld, pipe } from './links.fixture.ts';

async function oneNode() {
  const world = linksWorld();
  await world.links.start(new AbortController().signal);
  const end = pipe();
  world.links.accept(end.connection, 'n1');
  end.hello('n1', chain().head);
  await settled();
  return { world, end };
}

const encoder = () => bundleEncoder({ profile: 'default', pack: (bytes) => zstdCompressSync(bytes) });
const runOf = (batches: readonly BatchFrame[]): BundleRun => ({
  kind: 'batches',
  firstOffset: batches[0]!.firstOffset,
  prevHash: batches[0]!.prevHash,
  hash: batches.at(-1)!.hash,
  batches: batches.map(({ plainLength, ...batch }) => ({ ...batch, bodyLength: plainLength })),
});

test('links: the batches of a bundle are in the log as if each had come by itself, acknowledged in one frame [LNK-36]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const batches = [['a', 'b'], ['c'], ['d']].map((records) => journal.next(records));
  end.say(encoder().encode([runOf(batches)]));
  await settled();
  assert.deepEqual(end.of('acknowledged'), [{ intervals: [[0, 4]] }]);
  assert.deepEqual(
    world.rows.map(({ firstOffset, count, hash, bodyDigest }) => [firstOffset, count, hash, bodyDigest]),
    batches.map(({ firstOffset, count, hash, bodyDigest }) => [
      firstOffset,
      count,
      Buffer.from(hash),
      Buffer.from(bodyDigest),
    ]),
  );
  assert.deepEqual(world.appends, [3]);
});

test('links: what came before what is older is taken, and the older too [LNK-32]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const [old, live] = [journal.next(['a']), journal.next(['b'])];
  const bundles = encoder();
  end.say(bundles.encode([runOf([live])]));
  end.say(bundles.encode([runOf([old])]));
  await settled();
  assert.deepEqual(
    world.rows.map((row) => row.firstOffset),
    [1, 0],
  );
  assert.deepEqual(
    end.of('acknowledged').flatMap((body) => body.intervals),
    [[0, 2]],
  );
});

test('links: a run with something broken in it is refused alone, and one by one only the broken batch is set aside [LNK-37]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const [sound, poison, after, apart] = ['a', 'b', 'c', 'd'].map((record) => journal.next([record]));
  const broken = { ...poison!, body: Buffer.from([1, 0, 0, 0, 0x78]) };
  end.say(encoder().encode([runOf([sound!, broken, after!]), runOf([apart!])]));
  await settled();
  assert.deepEqual(
    end.of('refused').map(({ code, offset }) => [code, offset]),
    [['LINK_RUN_BROKEN', 0]],
  );
  assert.deepEqual(end.of('acknowledged'), [{ intervals: [[3, 4]] }]);
  const { encodeBatch } = await import('@selvedge/protocol');
  for (const one of [sound!, broken, after!]) end.say(encodeBatch(one));
  await settled();
  assert.deepEqual(
    world.rows.map((row) => row.firstOffset),
    [3, 0, 2],
  );
  assert.deepEqual(
    world.aside.map(({ batch, code }) => [batch.firstOffset, code]),
    [[1, 'LINK_BATCH_BROKEN']],
  );
  assert.equal(end.state.closed, undefined);
});

test('links: a bundle before the welcome ends the link [LNK-1]', async () => {
  const world = linksWorld();
  await world.links.start(new AbortController().signal);
  const end = pipe();
  world.links.accept(end.connection, 'n1');
  end.say(encoder().encode([runOf([chain().next(['a'])])]));
  await settled();
  assert.equal(end.state.closed, 'LINK_FRAME_INVALID');
  assert.equal(world.rows.length, 0);
});

test('links: a bundle that cannot be read ends the link with its own code [LNK-38]', async () => {
  const { world, end } = await oneNode();
  const frame = encoder().encode([runOf([chain().next(['a'])])]);
  end.say(frame.subarray(0, frame.length - 3));
  await settled();
  assert.equal(end.of('refused')[0]?.code, 'LINK_BUNDLE_INVALID');
  assert.equal(world.rows.length, 0);
});

test('links: records that stay at their site are held as links of the chain, however they were cut into runs [LNK-39]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const kept = ['a', 'b', 'c'].map((record) => journal.next([record], localClass));
  const last = journal.next(['d']);
  const local = (batches: readonly BatchFrame[]): BundleRun => ({
    kind: 'local',
    firstOffset: batches[0]!.firstOffset,
    prevHash: batches[0]!.prevHash,
    hash: batches.at(-1)!.hash,
    count: batches.length,
  });
  const bundles = encoder();
  end.say(bundles.encode([local(kept.slice(0, 2))]));
  await settled();
  end.say(bundles.encode([local(kept)]));
  end.say(bundles.encode([runOf([last])]));
  await settled();
  assert.deepEqual(
    world.rows.map(({ firstOffset, count, body }) => [firstOffset, count, body === undefined]),
    [
      [0, 2, true],
      [2, 1, true],
      [3, 1, false],
    ],
  );
  assert.equal(end.state.closed, undefined);
});

test('links: bulk joins the control connection of its journal, and ends with it [LNK-41]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const alone = pipe();
  world.links.accept(alone.connection, 'n1');
  alone.hello('n1', journal.head, 'ba9876543210', { channel: 'bulk' });
  await settled();
  assert.equal(alone.of('refused')[0]?.code, 'LINK_BULK_ALONE');
  const bulk = pipe();
  world.links.accept(bulk.connection, 'n1');
  bulk.hello('n1', journal.head, epoch, { channel: 'bulk' });
  await settled();
  assert.equal(bulk.of('welcome').length, 1);
  assert.equal(end.state.closed, undefined);
  bulk.say(encoder().encode([runOf([journal.next(['a'])])]));
  await settled();
  assert.deepEqual(bulk.of('acknowledged'), [{ intervals: [[0, 1]] }]);
  end.hangUp();
  await settled();
  assert.equal(bulk.state.closed, 'LINK_BULK_ALONE');
  assert.equal(world.links.isOnline('n1'), false);
});

test('links: a closed journal comes beside the link of its node, which goes on [LNK-50]', async () => {
  const { world, end } = await oneNode();
  const journal = chain('ba9876543210');
  const copy = pipe();
  world.links.accept(copy.connection, 'n1');
  copy.hello('n1', journal.head, 'ba9876543210', { channel: 'closed' });
  await settled();
  assert.equal(copy.of('welcome').length, 1);
  assert.deepEqual([end.state.closed, world.links.isOnline('n1')], [undefined, true]);
  const seen = world.told.length;
  copy.say(encoder().encode([runOf([journal.next(['a'])])]));
  await settled();
  assert.deepEqual(copy.of('acknowledged'), [{ intervals: [[0, 1]] }]);
  copy.hangUp();
  await settled();
  assert.equal(world.links.isOnline('n1'), true);
  assert.deepEqual(
    world.told.slice(seen).filter((line) => /seen|line/.test(line)),
    [],
  );
});

test('links: an answer may come by the bulk connection [LNK-41]', async () => {
  const { world, end } = await oneNode();
  const bulk = pipe();
  world.links.accept(bulk.connection, 'n1');
  bulk.hello('n1', chain().head, epoch, { channel: 'bulk' });
  await settled();
  const answer = world.links.ask('n1', 'audit');
  const { question } = end.of('ask')[0]!;
  const { encodeFrame } = await import('@selvedge/protocol');
  bulk.say(encodeFrame('answer', { question, answer: 'found' }));
  assert.equal(await answer, 'found');
});

test('links: of a thousand hellos at once few are looked up together, and who is too many is told when to come again [LNK-45]', async () => {
  const world = linksWorld();
  await world.links.start(new AbortController().signal);
  let [running, most] = [0, 0];
  const acknowledged = world.log.acknowledged;
  world.log.acknowledged = async (node, journal) => {
    most = Math.max(most, (running += 1));
    await new Promise<void>((resolve) => world.clock.soon(resolve));
    running -= 1;
    return acknowledged(node, journal);
  };
  const ends = Array.from({ length: 1_000 }, (_, index) => {
    const end = pipe();
    world.links.accept(end.connection, `n${index}`);
    const journal = index.toString(16).padStart(12, '0');
    end.hello(`n${index}`, chain(journal).head, journal);
    return end;
  });
  for (let turn = 0; turn < 20; turn++) await settled();
  assert.ok(most <= 16, `${most} at once`);
  const welcome = ends.filter((end) => end.of('welcome').length === 1).length;
  const crowded = ends.flatMap((end) => end.of('refused'));
  assert.equal(welcome + crowded.length, 1_000);
  assert.ok(welcome >= 272, `${welcome} welcome`);
  assert.ok(crowded.every(({ code, retryAfter = 0 }) => code === 'LINK_CROWDED' && retryAfter >= 2_000));
  assert.ok(new Set(crowded.map(({ retryAfter }) => retryAfter)).size > 500);
});
