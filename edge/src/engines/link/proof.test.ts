import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Batch, journal as journalOf } from '@selvedge/journal';
import { days, hours } from '@selvedge/kernel';
import { lanes } from '@selvedge/protocol';
import { world as simulate, simulatedDisk } from '@selvedge/testkit';
import { hashBefore } from './hello.ts';
import { setUp, told } from './uplink.fixture.ts';

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

async function read(all: AsyncIterable<Batch>): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of all) batches.push(batch);
  return batches;
}

test('link: a node says which hash its journal has where it is asked, on the connection that asks, before it is welcome [LNK-53]', async () => {
  const one = await setUp({ seed: 21, before: [1, 0, 1] });
  const [control] = one.ends;
  assert.deepEqual(told(control!, 'hello')[0]?.speaks, ['proof']);
  const batches = await read(one.journal.read(0));
  for (const offset of [2, 3]) control!.say('prove', { offset });
  await one.run(50);
  assert.deepEqual(
    told(control!, 'proof').toSorted((a, b) => a.offset - b.offset),
    [2, 3].map((offset) => ({ offset, hash: hex(batches[offset - 1]!.hash) })),
  );
  assert.equal(one.link.isLinked, false);
});

test('link: the bulk connection names the link that it joins, and another link has another name [LNK-54]', async () => {
  const one = await setUp({ seed: 22 });
  one.welcome([], ['bulk']);
  await one.run(50);
  const [control, bulk] = one.ends.map((end) => told(end, 'hello')[0]);
  assert.deepEqual([bulk?.channel, bulk?.link], ['bulk', control?.link]);
  for (const end of one.ends) end.cut();
  await one.run(3_000);
  assert.notEqual(told(one.ends[2]!, 'hello')[0]?.link, control?.link);
});

test('link: where no batch ends it tells of the one that reaches over it, and of what has gone nothing [LNK-53]', async () => {
  const world = simulate(23);
  const disk = simulatedDisk({ random: world.chance('disk') }).mount();
  const life = world.machine('edge').boot();
  const classes = lanes.map((name) => ({ name, bytesMax: 1e9, ageMax: days(30) }));
  const limits = { dir: '/j', classes, sizeMax: 1e9, segmentSize: 1e6, keep: hours(24) };
  const written = (async () => {
    const journal = journalOf(limits, { ...life, disk });
    await journal.start(new AbortController().signal);
    for (const count of [3, 2, 4]) {
      for (let at = 0; at < count; at++) journal.append(1, Buffer.from(`record ${at}`));
      await journal.commit();
    }
    const [first, second, third] = await read(journal.read(0));
    assert.deepEqual(
      [first, second, third].map((one) => one?.firstOffset),
      [0, 3, 5],
    );
    const before = (offset: number): Promise<string> => hashBefore(journal, offset);
    assert.equal(await before(3), hex(first!.hash));
    assert.equal(await before(4), hex(second!.hash));
    assert.equal(await before(5), hex(second!.hash));
    assert.equal(await before(9), hex(third!.hash));
    const trimmed = { head: journal.head, read: () => journal.read(5) };
    assert.equal(await hashBefore(trimmed, 5), hex(second!.hash));
    assert.equal(await hashBefore(trimmed, 3), '');
    await journal.stop();
  })();
  await world.run(5_000);
  await written;
});
