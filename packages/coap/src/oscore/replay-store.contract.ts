import assert from 'node:assert/strict';
import type { OscoreState, ReplayStore } from './ports.ts';

type Test = (name: string, body: () => Promise<void>) => void;

const state = (reserved: number, highest?: number): OscoreState => ({
  reserved,
  window: highest === undefined ? undefined : { highest, seen: Buffer.from('8000ff01', 'hex') },
});

/** What every replay store keeps. `ground` begins a test on fresh ground, on which a store opened later finds what was saved. */
export function replayStoreContract(name: string, ground: () => Promise<() => ReplayStore>, test: Test): void {
  const promise = (text: string, body: (open: () => ReplayStore) => Promise<void>): void =>
    test(`${name}: ${text} [COA-240]`, async () => body(await ground()));

  promise('what was never saved is not found', async (open) => {
    assert.equal(await open().load('a'), undefined);
  });

  promise('the state saved last is found, by this store and by the next', async (open) => {
    const store = open();
    await store.load('a');
    const saved = [state(100), state(200, 7), state(300, -1), state(2 ** 40, 2 ** 40 - 1), state(2 ** 40)];
    for (const [index, one] of saved.entries()) {
      await store.save('a', one);
      assert.deepEqual(plain(await store.load('a')), plain(one), `save ${index}`);
      assert.deepEqual(plain(await open().load('a')), plain(one), `save ${index}, seen by another`);
    }
  });

  promise('a store that was opened later goes on where the one before ended', async (open) => {
    for (let life = 1; life <= 5; life++) {
      const store = open();
      const found = await store.load('a');
      assert.equal(found?.reserved, life === 1 ? undefined : (life - 1) * 10);
      await store.save('a', state(life * 10));
    }
  });

  promise('names do not disturb each other, and one that is forgotten is new', async (open) => {
    const store = open();
    await Promise.all(['a', 'b', 'c'].map((one, index) => store.save(one, state(index))));
    await store.forget('b');
    await store.forget('never');
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(async (one) => (await open().load(one))?.reserved)), [
      0,
      undefined,
      2,
    ]);
    await store.save('b', state(5));
    assert.equal((await open().load('b'))?.reserved, 5);
  });
}

const plain = (found: OscoreState | undefined): unknown => ({
  reserved: found?.reserved,
  highest: found?.window?.highest,
  seen: found?.window && Buffer.from(found.window.seen).toString('hex'),
});
