import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '@selvedge/kernel';
import { simulatedNetwork } from './network/network.ts';
import { type World, world } from './world.ts';

/** Three machines that sleep, draw and talk at random. */
async function chatter(seed: number): Promise<World> {
  const box = world(seed);
  const network = simulatedNetwork(box);
  const hub = box.machine('hub').boot();
  network.listen(hub, 'talk', (connection, from) =>
    connection.onFrame((frame) => hub.log.info('heard', { from, frame: frame.toString() })),
  );
  for (const name of ['one', 'two', 'three']) {
    const life = box.machine(name).boot();
    void (async () => {
      const connection = await network.connect(life, 'hub:talk');
      for (let i = 0; i < 20; i++) {
        await life.clock.sleep(millis(life.random.next() * 50));
        connection.send(Buffer.from(`${i} ${life.entropy.bytes(2).join('.')}`));
      }
      life.log.info('done');
    })();
  }
  await box.run(5_000);
  return box;
}

test('world: the same seed gives the same history, another seed another [TST-1]', async () => {
  const [first, again, other] = [await chatter(7), await chatter(7), await chatter(8)];
  assert.equal(first.history.lines.length, 63);
  assert.equal(first.history.digest(), again.history.digest());
  assert.deepEqual(first.history.lines, again.history.lines);
  assert.notEqual(first.history.digest(), other.history.digest());
});

test('world: each part draws from a chance of its own [TST-1]', () => {
  const draw = (box: World): number => box.machine('edge').boot().random.next();
  const quiet = world(5);
  const busy = world(5);
  for (let i = 0; i < 10; i++) busy.random.next();
  busy.machine('other').boot().random.next();
  busy.chance('weather').next();
  assert.equal(draw(quiet), draw(busy));
  assert.notEqual(quiet.chance('a').next(), quiet.chance('b').next());
  assert.notEqual(draw(quiet), draw(quiet), 'the next life draws something else');
});

test('world: a power cut takes back all that the machine had planned, and nothing else [TST-8]', async () => {
  const box = world(1);
  const edge = box.machine('edge');
  const seen: string[] = [];
  const live = async (name: string): Promise<void> => {
    const life = box.machine(name).boot();
    life.onEnd(() => seen.push(`${name} ended at ${box.clock.ticks()}`));
    for (let i = 0; ; i++) {
      await life.clock.sleep(millis(100));
      seen.push(`${name} ${i}`);
      life.clock.soon(() => life.ended && seen.push('a dead machine acted'));
    }
  };
  void live('edge');
  void live('other');
  box.after(250, () => edge.cut());
  await box.run(400);
  assert.deepEqual(seen, ['edge 0', 'other 0', 'edge 1', 'other 1', 'edge ended at 250', 'other 2', 'other 3']);
  assert.equal(edge.life, undefined);
  void live('edge');
  await box.run(500);
  assert.deepEqual(seen.slice(-2), ['other 4', 'edge 0']);
});

test('world: each machine has its own wall clock, which keeps its error over a power cut [TST-4]', () => {
  const box = world(1);
  const edge = box.machine('edge', { wallOffset: -3_600_000 });
  assert.equal(edge.boot().clock.wall(), box.clock.wall() - 3_600_000);
  edge.jumpWall(600_000);
  assert.equal(edge.life!.clock.wall(), box.clock.wall() - 3_000_000);
  edge.cut();
  assert.equal(edge.boot().clock.wall(), box.clock.wall() - 3_000_000);
  assert.equal(box.machine('cloud').boot().clock.wall(), box.clock.wall());
  assert.equal(box.machine('edge'), edge);
});

test('world: the digest counts every line, whatever its fields hold [TST-1]', () => {
  const digestOf = (fields: Record<string, unknown>): string => {
    const box = world(1);
    box.note('event', fields);
    return box.history.digest();
  };
  const all = [{}, { n: 1n }, { n: 2n }, { b: Uint8Array.of(1) }, { b: Uint8Array.of(2) }, { e: new Error('x') }].map(
    digestOf,
  );
  assert.equal(new Set(all).size, all.length);
  const box = world(1);
  for (let i = 0; i < 12_000; i++) box.note('event', { i });
  assert.equal(box.history.lines.length, 5_000);
  assert.equal(box.history.lines.at(-1)?.fields['i'], 11_999);
});
