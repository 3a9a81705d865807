import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchFrame, encodeBatch } from '@selvedge/protocol';
import { settled } from '../../manual-clock.fixture.ts';
import { chain, epoch, linksWorld, pipe } from './links.fixture.ts';

/** A node's disk, and the hashes at the ends of its batches. */
function diskOf(records: readonly string[]) {
  const journal = chain();
  const ends = new Map<number, string>();
  const disk = {
    get head() {
      return journal.head;
    },
    next(record: string): BatchFrame {
      const batch = journal.next([record]);
      ends.set(journal.head.offset, journal.head.hash);
      return batch;
    },
    hashBefore: (offset: number) => ends.get(offset) ?? '00'.repeat(32),
  };
  return { ...disk, common: records.map((record) => disk.next(record)), disk };
}

/** A connection of a node that proves what it is asked; `link` names its link. */
async function connected(world: World, { disk }: ReturnType<typeof diskOf>, link: string, channel?: 'bulk') {
  const end = pipe();
  world.links.accept(end.connection, 'n1');
  end.hello('n1', disk.head, epoch, { speaks: ['proof'], link, ...(channel && { channel }) });
  await settled();
  const asked = end.of('prove').map(({ offset }) => offset);
  for (const offset of asked) end.prove(offset, disk.hashBefore(offset));
  await settled();
  return {
    ...end,
    asked,
    async ship(...batches: readonly BatchFrame[]) {
      for (const batch of batches) end.say(encodeBatch(batch));
      await settled();
    },
    refusals: () => end.of('refused').map(({ code }) => code),
  };
}

type World = ReturnType<typeof linksWorld>;

/** Two disks with the first three batches in common, of which the cloud has all; neither node is connected. */
async function twoCopies() {
  const world = linksWorld();
  await world.links.start(new AbortController().signal);
  const [owner, clone] = [diskOf(['a', 'b', 'c']), diskOf(['a', 'b', 'c'])];
  const first = await connected(world, owner, '1');
  await first.ship(...owner.common);
  first.hangUp();
  return { world, owner, clone };
}

const stored = (world: ReturnType<typeof linksWorld>) => world.rows.map(({ firstOffset }) => firstOffset);

test('links: a copy of a disk that is ahead is refused before anything of its own is taken, and the owner stays [LNK-52] [LNK-20]', async () => {
  const { world, owner, clone } = await twoCopies();
  const first = await connected(world, owner, '2');
  assert.deepEqual(first.asked, []);
  await first.ship(owner.next('owner 3'));
  const live = ['clone 3', 'clone 4', 'clone 5'].map((record) => clone.next(record));
  const second = await connected(world, clone, '3');
  assert.deepEqual(second.asked, [4]);
  assert.deepEqual(second.refusals(), ['LINK_FORK']);
  await second.ship(live[2]!);
  assert.deepEqual(stored(world), [0, 1, 2, 3]);
  assert.equal(first.state.closed, undefined);
  await first.ship(owner.next('owner 4'));
  assert.deepEqual(stored(world), [0, 1, 2, 3, 4]);
});

test('links: a copy of a disk that is behind is refused [LNK-52] [LNK-6]', async () => {
  const { world, owner, clone } = await twoCopies();
  const first = await connected(world, owner, '2');
  await first.ship(owner.next('owner 3'));
  assert.deepEqual((await connected(world, clone, '3')).refusals(), ['LINK_FORK']);
  assert.equal(first.state.closed, undefined);
});

test('links: the owner proves the end of what is held, also beyond a hole, and goes on [LNK-52]', async () => {
  const { world, owner } = await twoCopies();
  const [left, live] = [owner.next('d'), owner.next('e')];
  const first = await connected(world, owner, '2');
  assert.deepEqual(first.asked, [3]);
  await first.ship(live);
  owner.next('f');
  const second = await connected(world, owner, '3');
  assert.deepEqual(second.asked, [5]);
  assert.deepEqual(second.of('welcome')[0]?.acknowledged.flat(), [0, 3, 4, 5]);
  await second.ship(left);
  assert.deepEqual(stored(world), [0, 1, 2, 4, 3]);
});

test('links: what comes by a link after another claimed the journal is not taken [LNK-54]', async () => {
  const { world, owner, clone } = await twoCopies();
  const first = await connected(world, owner, '2');
  const waiting = first.ship(owner.next('owner 3'), owner.next('owner 4'));
  const claim = await world.intake.claim({ node: 'n1', epoch }, () => true);
  await waiting;
  // What came before the claim is in, and the link learns of the claim by what comes after.
  assert.deepEqual(stored(world), [0, 1, 2, 3, 4]);
  await first.ship(owner.next('owner 5'));
  assert.deepEqual(first.refusals(), ['LINK_REPLACED']);
  assert.deepEqual(stored(world), [0, 1, 2, 3, 4]);
  claim?.end();
  clone.next('clone 3');
  assert.deepEqual((await connected(world, clone, '3')).refusals(), ['LINK_FORK']);
  assert.deepEqual((await connected(world, owner, '4')).refusals(), []);
});

test("links: a copy's bulk connection does not join the owner's control connection [LNK-54] [LNK-41]", async () => {
  const { world, owner, clone } = await twoCopies();
  await connected(world, owner, '2');
  assert.deepEqual((await connected(world, clone, '3', 'bulk')).refusals(), ['LINK_BULK_ALONE']);
  const bulk = await connected(world, owner, '2', 'bulk');
  assert.deepEqual([bulk.refusals(), bulk.of('welcome').length], [[], 1]);
  await bulk.ship(owner.next('owner 3'));
  assert.deepEqual(stored(world), [0, 1, 2, 3]);
});

test('links: a node whose other connection brings more than it can prove comes again later [LNK-52]', async () => {
  const { world, owner } = await twoCopies();
  const first = await connected(world, owner, '2');
  const batches = Array.from({ length: 20 }, (_, at) => owner.next(`r${at}`));
  const end = pipe();
  world.links.accept(end.connection, 'n1');
  end.hello('n1', owner.disk.head, epoch, { speaks: ['proof'], link: '3' });
  for (const batch of batches) {
    await settled();
    const last = end.of('prove').at(-1);
    if (end.state.closed !== undefined) break;
    await first.ship(batch);
    end.prove(last!.offset, owner.hashBefore(last!.offset));
  }
  await settled();
  assert.equal(end.state.closed, 'LINK_UNPROVEN');
  assert.deepEqual([end.of('refused'), first.state.closed], [[], undefined]);
});

test('links: a proof that nobody asked for ends the link [LNK-7]', async () => {
  const { world } = await twoCopies();
  const end = pipe();
  world.links.accept(end.connection, 'n1');
  end.prove(3, '00'.repeat(32));
  await settled();
  assert.deepEqual(end.of('refused')[0]?.code, 'LINK_FRAME_INVALID');
});
