import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { bridgeCursors } from './cursors.ts';
import { feedSite } from './feed.fixture.ts';
import { quotaExceeded } from './relay.ts';

test('feed: what is journaled leaves in order, as many at once as both ends take, and the cursor follows [BRG-20] [BRG-11]', async () => {
  const { far, take, run, state } = await feedSite(1);
  far.state.receiveMax = 5;
  far.cut();
  await run(2_000);
  for (let count = 0; count < 40; count++) take(count % 4 === 0 ? 'other' : 'pump-7');
  await run(2_000);
  assert.equal(far.got.length, 30);
  assert.deepEqual(
    far.got,
    Array.from({ length: 40 }, (_, index) => index + 1).filter((seq) => seq % 4 !== 1),
  );
  assert.equal(far.most.unanswered, 5);
  assert.deepEqual([state.feed.connected, state.feed.inFlight, state.feed.behind], [true, 0, 0]);
});

test('feed: while the other broker is away readings wait in the journal, through power cuts, without any bound of their own [BRG-22]', async () => {
  const { far, take, run, boot, state, durable, powerCut } = await feedSite(2);
  far.state.reachable = false;
  far.cut();
  for (let life = 0; life < 3; life++) {
    for (let round = 0; round < 20; round++) {
      for (let count = 0; count < 100; count++) take();
      await run(1_000);
    }
    powerCut();
    await boot();
  }
  assert.equal(durable.length, 6_000);
  assert.equal(state.feed.behind, 6_000);
  far.state.reachable = true;
  await run(120_000);
  assert.deepEqual(far.got, durable);
  assert.equal(state.feed.behind, 0);
});

test('feed: whatever breaks, each durable reading arrives, and only what was not acknowledged comes again [BRG-22]', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { far, take, run, boot, durable, powerCut, state } = await feedSite(seed);
    const random = seeded(seed);
    for (let step = 0; step < 120; step++) {
      const chance = random.next();
      if (chance < 0.04) {
        powerCut();
        await boot();
      } else if (chance < 0.1) far.cut();
      else if (chance < 0.14) far.state.reachable = !far.state.reachable;
      else for (let count = 0; count < 10 * random.next(); count++) take();
      await run(200 * random.next());
    }
    far.state.reachable = true;
    await run(60_000);
    assert.equal(state.feed.behind, 0, `seed ${seed}`);
    const first = [...new Set(far.got)];
    const arrived = new Set(first);
    const missing = durable.filter((seq) => !arrived.has(seq));
    assert.deepEqual(missing, [], `seed ${seed}`);
    // A cut takes back at most what was on its way, a power cut what the cursor had passed in its last 50 ms, too.
    assert.ok(far.got.length - first.length < 300, `seed ${seed}: ${far.got.length} for ${first.length}`);
    for (const [index, seq] of first.entries()) assert.ok(seq > (first[index - 1] ?? 0), `seed ${seed}: ${seq}`);
  }
});

test('feed: what the other broker refuses for good is dropped, and what it refuses for now comes again [BRG-9] [BRG-10]', async () => {
  const { far, take, run, dropped, state } = await feedSite(4);
  let isFull: boolean = true;
  far.state.code = (seq) => (seq === 2 ? 0x87 : seq === 3 && isFull ? quotaExceeded : 0);
  for (let count = 0; count < 4; count++) take();
  await run(500);
  assert.deepEqual(dropped.slice(0, 1), ['refused']);
  assert.ok(!far.got.includes(3));
  assert.ok(state.feed.behind > 0);
  isFull = false;
  await run(20_000);
  assert.deepEqual([...new Set(far.got)], [1, 4, 3]);
  assert.equal(state.feed.behind, 0);
});

test('feed: the place of a bridge that is gone is forgotten, so that it holds nothing; the others stay [BRG-24]', async () => {
  const all = new Map<string, Buffer>();
  const snapshots = {
    read: (name: string) => Promise.resolve(all.get(name)),
    write: async (name: string, bytes: Uint8Array) => void all.set(name, Buffer.from(bytes)),
  };
  const gone: string[] = [];
  const journal = () => ({ forget: (name: string) => void gone.push(name) });
  const start = (...bridges: string[]) =>
    bridgeCursors(bridges, { snapshots, journal }).start(new AbortController().signal);
  await start('a', 'b');
  await start('b', 'c');
  assert.deepEqual(gone, ['bridge a']);
  await start();
  assert.deepEqual(gone, ['bridge a', 'bridge b', 'bridge c']);
});
