import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Journal, journal as journalOf } from '@selvedge/journal';
import { days, hours, logTo, millis, seconds } from '@selvedge/kernel';
import { batchCodec, lanes } from '@selvedge/protocol';
import { world as simulate, simulatedDisk } from '@selvedge/testkit';
import { linkBudget } from '../budget/budget.ts';
import { meter } from '../budget/meter.ts';
import { closedUplink } from './closed.ts';
import { batchesOf, type End, openEnd, options, told } from './uplink.fixture.ts';

const limits = {
  classes: lanes.map((name) => ({ name, bytesMax: 1e9, ageMax: days(30) })),
  ...{ sizeMax: 1e9, segmentSize: 1e6, keep: hours(24) },
};

/** A node with a journal of an earlier life on its disk, and every connection that it opens for it. */
async function setUp(seed: number) {
  const world = simulate(seed);
  const disk = simulatedDisk({ random: world.chance('disk') }).mount();
  const life = world.machine('edge').boot();
  const ends: End[] = [];
  const removed: string[] = [];
  const errors: string[] = [];
  let now = 0;
  const run = (milliseconds: number): Promise<void> => world.run((now += milliseconds));
  const old: Journal = journalOf({ ...limits, dir: '/closed/old' }, { ...life, disk });
  const written = (async () => {
    await old.start(new AbortController().signal);
    for (const klass of [0, 1, 1, 3]) {
      old.append(klass, Buffer.from(`record of class ${klass}`));
      await old.commit();
    }
    await old.stop();
  })();
  await run(500);
  await written;
  const shipping = closedUplink(options, {
    ...life,
    log: logTo((level, event) => void (level === 'error' && errors.push(event))),
    closed: {
      list: async () => (removed.length > 0 ? [] : ['old']),
      open: async () => journalOf({ ...limits, dir: '/closed/old' }, { ...life, disk }),
      remove: async (epoch) => void removed.push(epoch),
    },
    transport: { connect: async () => openEnd(ends) },
    budget: linkBudget(
      {
        ...{ capacity: 0, windowMax: 100_000, delayMax: millis(200), lifetime: seconds(30) },
        queueMax: [100, 500, 1_000, 2_000],
      },
      meter({ link: 'test', pricePerMegabyte: 0, capBytes: 0 }, undefined),
    ),
    pack: (body) => ({ codec: batchCodec.plain, body }),
  });
  await shipping.start(new AbortController().signal);
  await run(500);
  return { run, ends, removed, errors, shipping };
}

test('link: a closed journal proves itself as the one that is written to does [LNK-53]', async () => {
  const { run, ends } = await setUp(4);
  ends[0]!.say('prove', { offset: 4 });
  await run(100);
  const [hello, proof] = [told(ends[0]!, 'hello')[0], told(ends[0]!, 'proof')[0]];
  assert.deepEqual(proof, { offset: 4, hash: hello?.head.hash });
});

test('closed: what the cloud lacks of an old journal is shipped, and then the journal is removed [LNK-50] [LNK-51]', async () => {
  const { run, ends, removed, shipping } = await setUp(50);
  const hello = told(ends[0]!, 'hello')[0]!;
  assert.deepEqual([hello.channel, hello.head.offset], ['closed', 4]);
  ends[0]!.say('welcome', { acknowledged: [[0, 2]], time: 0 });
  await run(2_000);
  assert.deepEqual(
    batchesOf(ends[0]!).map(({ firstOffset }) => firstOffset),
    [2, 3],
  );
  assert.deepEqual(removed, []);
  ends[0]!.say('acknowledged', { intervals: [[2, 3]] });
  await run(3_000);
  assert.deepEqual(removed, []);
  ends[0]!.say('acknowledged', { intervals: [[3, 4]] });
  await run(3_000);
  assert.deepEqual([removed, ends[0]!.isOpen, ends.length], [['old'], false, 1]);
  await shipping.stop();
});

test('closed: a lost connection is opened again, and what was under way goes again [LNK-50]', async () => {
  const { run, ends, removed, shipping } = await setUp(51);
  ends[0]!.say('welcome', { acknowledged: [], time: 0 });
  await run(1_000);
  ends[0]!.say('acknowledged', { intervals: [[0, 1]] });
  ends[0]!.cut();
  await run(6_000);
  assert.equal(ends.length, 2);
  ends[1]!.say('welcome', { acknowledged: [[0, 1]], time: 0 });
  await run(1_000);
  assert.equal(batchesOf(ends[1]!).length, 3);
  ends[1]!.say('acknowledged', { intervals: [[1, 4]] });
  await run(3_000);
  assert.deepEqual(removed, ['old']);
  await shipping.stop();
});

test('closed: an old journal that the cloud refuses stays, and that is told [LNK-51]', async () => {
  const { run, ends, removed, errors, shipping } = await setUp(52);
  ends[0]!.say('refused', { code: 'LINK_FORK', message: 'another history' });
  await run(60_000);
  assert.deepEqual([removed, ends.length, errors], [[], 1, ['link.refused']]);
  await shipping.stop();
});
