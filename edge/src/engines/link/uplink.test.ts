import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchHash, type Journal, journal as journalOf } from '@selvedge/journal';
import { days, hours, millis, seconds } from '@selvedge/kernel';
import {
  batchCodec,
  decodeBatch,
  decodeFrame,
  encodeFrame,
  type Interval,
  lanes,
  type NodeReport,
} from '@selvedge/protocol';
import { world as simulate } from '@selvedge/testkit';
import { simulatedDisk } from '../../../../testkit/src/disk/simulated-disk.ts';
import type { LinkConnection } from '../../ports.ts';
import { uplink } from './uplink.ts';

const options = {
  node: 'edge-1',
  software: 'test',
  offlineAfter: seconds(30),
  retryMin: millis(500),
  retryMax: seconds(5),
  windowBytes: 100_000,
  silenceMax: seconds(30),
  reportEvery: seconds(5),
};

/** The cloud's end of one link: what came over it, and a way to answer. */
interface End {
  readonly frames: Buffer[];
  say(frame: Buffer): void;
  cut(): void;
}

/** A node with a journal and an uplink, and every link that it opens. */
async function setUp(seed: number) {
  const world = simulate(seed);
  const life = world.machine('edge').boot();
  const disk = simulatedDisk({ random: world.chance('disk') });
  const classes = lanes.map((name) => ({ name, bytesMax: 1e9, ageMax: days(30) }));
  const journal: Journal = journalOf(
    { dir: '/j', classes, sizeMax: 1e9, segmentSize: 1e6, keep: hours(24) },
    { ...life, disk: disk.mount() },
  );
  const ends: End[] = [];
  const reachable: { now: boolean } = { now: true };
  let now = 0;
  const run = (milliseconds: number): Promise<void> => world.run((now += milliseconds));
  const started = journal.start(new AbortController().signal);
  await run(100);
  await started;
  const link = uplink(options, {
    ...life,
    journal,
    transport: {
      async connect() {
        if (!reachable.now) throw new Error('unreachable');
        return openLink(ends);
      },
    },
    report: () => ({}) as Omit<NodeReport, 'mode'>,
    pack: (body) => ({ codec: batchCodec.plain, body }),
    onCommand: (_command, taken) => taken(),
    onCloudTime: () => undefined,
    answer: async () => ({}),
  });
  await link.start(new AbortController().signal);
  await run(10);
  return {
    world,
    journal,
    link,
    ends,
    reachable,
    run,
    welcome: (acknowledged: readonly Interval[]) => ends.at(-1)!.say(encodeFrame('welcome', { acknowledged, time: 0 })),
    acknowledge: (intervals: readonly Interval[]) => ends.at(-1)!.say(encodeFrame('acknowledged', { intervals })),
    /** Appends a record of a class and waits until it is durable. */
    async append(klass: number) {
      const offset = journal.append(klass, Buffer.from(`record of class ${klass}`));
      const done = journal.commit();
      await run(50);
      await done;
      link.nudge();
      await run(50);
      return offset;
    },
    /** First offsets of the batches that came over the newest link. */
    shipped: () => batchesOf(ends.at(-1)!).map((batch) => batch.firstOffset),
  };
}

function openLink(ends: End[]): LinkConnection {
  const frames: Buffer[] = [];
  let hear: (frame: Buffer) => void = () => undefined;
  const closers: ((reason: string) => void)[] = [];
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    for (const closer of closers) closer('cut');
  };
  ends.push({ frames, say: (frame) => hear(frame), cut: close });
  return {
    send(frame) {
      if (open) frames.push(Buffer.from(frame));
      return open;
    },
    close,
    bufferedBytes: 0,
    onFrame: (listener) => void (hear = listener),
    onClose: (listener) => void closers.push(listener),
  };
}

const batchesOf = (end: End) =>
  end.frames.flatMap((frame) => {
    const batch = decodeBatch(frame);
    return batch.ok ? [batch.value] : [];
  });

test('link: says hello first, and ships nothing before it is welcome [EDG-40]', async () => {
  const one = await setUp(1);
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
  const one = await setUp(2);
  one.welcome([]);
  for (const klass of [1, 1, 0, 3]) await one.append(klass);
  assert.deepEqual(one.shipped(), [0, 1, 2, 3]);
  one.acknowledge([
    [0, 1],
    [2, 3],
  ]);
  assert.deepEqual(one.link.acknowledged, [4, 1, 4, 3]);
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
  assert.deepEqual(one.link.acknowledged, [4, 4, 4, 4]);
});

test('link: a lane without records does not look as if it were behind [EDG-40]', async () => {
  const one = await setUp(3);
  one.welcome([]);
  await one.append(1);
  one.acknowledge([[0, 1]]);
  await one.run(100);
  assert.deepEqual(one.link.acknowledged, [1, 1, 1, 1]);
});

test('link: without a link for its time the node is offline, and online again when it is welcome [EDG-41]', async () => {
  const one = await setUp(4);
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
  const one = await setUp(5);
  one.welcome([]);
  await one.run(45_000);
  assert.ok(one.ends.length >= 2);
});

test('link: a cloud that lacks what it had acknowledged gets it again [EDG-42]', async () => {
  const one = await setUp(6);
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
  const one = await setUp(7);
  one.welcome([]);
  for (const klass of [1, 0]) await one.append(klass);
  const batches = batchesOf(one.ends[0]!);
  assert.equal(batches.length, 2);
  for (const batch of batches) {
    const hash = batchHash({ ...batch, bodyLength: batch.plainLength }, batch.bodyDigest, batch.prevHash);
    assert.deepEqual(Buffer.from(hash), Buffer.from(batch.hash));
  }
});
