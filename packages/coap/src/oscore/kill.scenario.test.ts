/** What of OSCORE has to outlive kills, power cuts and a disk that lies, told with planted bugs that must be found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { type SimulatedDisk, simulatedDisk } from '@selvedge/testkit';
import { diskReplayStore } from '../adapters/disk/oscore-state.ts';
import type { ReplayStore } from './ports.ts';
import { openSequences, type SequenceLimits } from './sequences.ts';

const name = 'a';
const storeOn = (plate: SimulatedDisk): ReplayStore => diskReplayStore({ dir: '/data/oscore', disk: plate.mount() });

interface Story {
  readonly limits: SequenceLimits;
  /** Strides that the disk says it kept before each cut, and had not. */
  readonly liesAbout: number;
  /** A change to the store that makes it wrong. */
  readonly plant?: (store: ReplayStore) => ReplayStore;
}

const honest: Story = { limits: { stride: 10, margin: 50 }, liesAbout: 0 };

/** Twenty lives of one sender key on one disk, each ended in the midst of what it does; gives every number that left. */
async function lives(seed: number, { limits, liesAbout, plant = (store) => store }: Story): Promise<readonly number[]> {
  const random = seeded(seed);
  const plate = simulatedDisk({ random });
  const left: number[] = [];
  const begin = async () => {
    const store = plant(storeOn(plate));
    const kept = await store.load(name);
    return openSequences(kept ? kept.reserved + limits.margin : 0, name, store, limits, () => undefined, undefined);
  };
  // The first life has a disk that keeps at least its file.
  await (await begin()).close();
  for (let life = 0; life < 20; life++) {
    plate.lie(false);
    let isOver = false;
    const end = liesAbout > 0 ? new Promise(() => undefined) : plate.cutAfter(1 + Math.floor(random.next() * 40));
    void end.then(() => (isOver = true));
    const living = (async () => {
      const sequences = await begin();
      const honestCount = liesAbout > 0 ? Math.floor(random.next() * 3 * limits.stride) : takesMax;
      for (let count = 0; count < honestCount && !isOver; count++) left.push(await sequences.take());
      plate.lie(true);
      // From here on no write is kept; the life ends with the last that may be missing.
      const lied = plate.count('sync') + liesAbout;
      while (plate.count('sync') < lied) left.push(await sequences.take());
    })();
    await Promise.race([end, living]);
    plate.powerCut();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
  return left;
}

/** Numbers of one life; one that needs no disk for them ends by itself. */
const takesMax = 300;

const doubled = (numbers: readonly number[]): number => numbers.length - new Set(numbers).size;

async function doubledIn(story: Story, seeds: number): Promise<number> {
  let sum = 0;
  for (let seed = 1; seed <= seeds; seed++) sum += doubled(await lives(seed, story));
  return sum;
}

test('oscore kill: whatever call the power is cut in, no sequence number leaves twice [COA-224]', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const left = await lives(seed, honest);
    assert.ok(left.length > 100, `seed ${seed}: ${left.length}`);
    assert.equal(doubled(left), 0, `seed ${seed}`);
  }
});

test('oscore kill: a disk that had not kept the last strides it acknowledged is made up for by the margin [COA-225]', async () => {
  const liar: Story = { limits: { stride: 10, margin: 50 }, liesAbout: 3 };
  assert.equal(await doubledIn(liar, 60), 0);
});

test('oscore kill: without the margin the same lies are found out [COA-225]', async () => {
  assert.ok((await doubledIn({ limits: { stride: 10, margin: 0 }, liesAbout: 3 }, 60)) > 0);
});

const bugs: Readonly<Record<string, (store: ReplayStore) => ReplayStore>> = {
  'a store that does not wait for its disk': (store) => ({
    ...store,
    async save(name, state) {
      void store.save(name, state);
    },
  }),
  'a store that keeps what has been used, not what may be': (store) => ({
    ...store,
    save: (name, state) => store.save(name, { ...state, reserved: Math.max(0, state.reserved - 100) }),
  }),
  'a store that begins anew where it cannot read': (store) => ({
    ...store,
    async load(name) {
      const kept = await store.load(name);
      return kept && kept.reserved % 7 === 0 ? undefined : kept;
    },
  }),
};

for (const [bug, plant] of Object.entries(bugs)) {
  test(`oscore kill: ${bug} is found out by the same story [COA-224]`, async () => {
    assert.ok((await doubledIn({ limits: { stride: 10, margin: 0 }, liesAbout: 0, plant }, 60)) > 0);
  });
}

test('oscore kill: the same seed gives the same history [COA-224]', async () => {
  assert.deepEqual(await lives(7, honest), await lives(7, honest));
});
