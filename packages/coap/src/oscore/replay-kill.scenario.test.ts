/** A server that keeps its replay windows, or challenges, is killed again and again; somebody replays all he has heard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { simulatedClock, simulatedDisk, timeline } from '@selvedge/testkit';
import { diskReplayStore } from '../adapters/disk/oscore-state.ts';
import type { Message } from '../message.ts';
import { clientOptions, get, leave, peer, serverOptions, side } from './oscore.fixture.ts';
import type { ReplayStore } from './ports.ts';

interface Story {
  readonly replay: 'challenge' | 'persist';
  /** A change to the server's store that makes it wrong. */
  readonly plant?: (store: ReplayStore) => ReplayStore;
}

/** Ten lives of a server; gives how often each request was taken, by its path. */
async function lives(seed: number, { replay, plant = (store) => store }: Story): Promise<ReadonlyMap<string, number>> {
  const random = seeded(seed);
  const line = timeline();
  const plate = simulatedDisk({ random, clock: simulatedClock(line), delayMax: 5 });
  const client = await side(clientOptions);
  const heard: Message[] = [];
  const taken = new Map<string, number>();
  for (let life = 0; life < 10; life++) {
    let isOver = false;
    const cut = plate.cutAfter(20 + Math.floor(random.next() * 80)).then(() => {
      isOver = true;
    });
    const living = (async () => {
      const store = plant(diskReplayStore({ dir: '/data/oscore', disk: plate.mount() }));
      const limits = { replay, challengesPerSecond: 1_000, stride: 10, margin: 50 };
      const server = await side(serverOptions, limits, store, seed * 100 + life);
      const present = async (message: Message): Promise<void> => {
        const arrived = await server.security.unprotectRequest(message, peer);
        // What was not answered before the cut was not taken.
        if (isOver || arrived.kind !== 'request') return;
        const path = `${arrived.message.options.find(({ number }) => number === 11)?.value}`;
        taken.set(path, (taken.get(path) ?? 0) + 1);
      };
      for (let turn = 0; turn < 30 && !isOver; turn++) {
        const left = await leave(client.security, get(`${life}-${turn}`));
        heard.push(left.message);
        const arrived = await server.security.unprotectRequest(left.message, peer);
        if (isOver) return;
        if (arrived.kind === 'request') taken.set(`${life}-${turn}`, (taken.get(`${life}-${turn}`) ?? 0) + 1);
        if (arrived.kind === 'refused') await left.unprotect(arrived.response);
        const backs = [0, 1, Math.floor(random.next() * 40)];
        for (const back of backs) await present(heard[Math.max(0, heard.length - 1 - back)]!);
      }
    })();
    const end = (): void => {
      isOver = true;
    };
    Promise.race([cut, living]).then(end, end);
    while (!isOver) await line.run(line.now + 1);
    plate.powerCut();
    await line.run(line.now + 10);
  }
  return taken;
}

const twice = (taken: ReadonlyMap<string, number>): readonly string[] =>
  [...taken].filter(([, count]) => count > 1).map(([path]) => path);

for (const replay of ['challenge', 'persist'] as const) {
  test(`oscore replay kill: with ${replay}, wherever the power is cut, no request is taken twice [COA-232, COA-234]`, async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const taken = await lives(seed, { replay });
      assert.ok(taken.size > 20, `seed ${seed}: ${taken.size}`);
      assert.deepEqual(twice(taken), [], `seed ${seed}`);
    }
  });
}

const bugs: Readonly<Record<string, (store: ReplayStore) => ReplayStore>> = {
  'a store that answers before its disk': (store) => ({
    ...store,
    async save(name, state) {
      void store.save(name, state);
    },
  }),
  'a store that forgets the window': (store) => ({
    ...store,
    save: (name, state) => store.save(name, { ...state, window: { highest: -1, seen: new Uint8Array(4) } }),
  }),
};

for (const [bug, plant] of Object.entries(bugs)) {
  test(`oscore replay kill: ${bug} is found out by the same story [COA-234]`, async () => {
    let found = 0;
    for (let seed = 1; seed <= 30; seed++) found += twice(await lives(seed, { replay: 'persist', plant })).length;
    assert.ok(found > 0);
  });
}
