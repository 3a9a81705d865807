import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch } from '@selvedge/protocol';
import fc from 'fast-check';
import { settled } from '../../manual-clock.fixture.ts';
import { chain, epoch, linksWorld, pipe } from './links.fixture.ts';

const seed = 20_261_122;

/** What one of two copies does next: writes a batch, connects, ships a batch of its own, or lets the other have its turn. */
const step = fc.record({
  copy: fc.nat(1),
  act: fc.constantFrom('write' as const, 'connect' as const, 'ship' as const, 'ship' as const, 'wait' as const),
  which: fc.nat(5),
});

/** One copy of the disk, its connection, and whether it is refused. */
function copyOf(world: ReturnType<typeof linksWorld>, prefix: number) {
  const journal = chain();
  const frames: Buffer[] = [];
  const hashes = new Map<number, string>();
  let end: ReturnType<typeof pipe> | undefined;
  let answered = 0;
  const write = (text: string): void => {
    frames.push(encodeBatch(journal.next([text])));
    hashes.set(journal.head.offset, journal.head.hash);
  };
  for (let at = 0; at < prefix; at++) write(`common ${at}`);
  return {
    frames,
    hashes,
    write,
    connect(link: string) {
      end?.hangUp();
      end = pipe();
      answered = 0;
      world.links.accept(end.connection, 'n1');
      end.hello('n1', journal.head, epoch, { speaks: ['proof'], link });
    },
    answer() {
      const asked = end?.of('prove') ?? [];
      for (; answered < asked.length; answered++)
        end!.prove(asked[answered]!.offset, hashes.get(asked[answered]!.offset)!);
    },
    ship(which: number) {
      const frame = frames[Math.max(0, frames.length - 1 - which)];
      if (frame && end?.of('welcome').length) end.say(frame);
    },
    get isRefused() {
      return end?.of('refused').some(({ code }) => code === 'LINK_FORK') ?? false;
    },
  };
}

test(`links: two copies of one disk never both get what is their own into the log, however they take turns [LNK-52] [LNK-54] seed ${seed}`, async () => {
  const story = fc.tuple(fc.nat(4), fc.array(step, { maxLength: 60 }));
  await fc.assert(
    fc.asyncProperty(story, async ([prefix, steps]) => {
      const world = linksWorld();
      await world.links.start(new AbortController().signal);
      const copies = [copyOf(world, prefix), copyOf(world, prefix)] as const;
      for (const [at, { copy, act, which }] of steps.entries()) {
        const one = copies[copy]!;
        if (act === 'write') one.write(`${copy}: ${at}`);
        else if (act === 'connect') one.connect(String(at));
        else if (act === 'ship') one.ship(which);
        else {
          for (let turn = 0; turn <= which; turn++) await Promise.resolve();
          for (const each of copies) each.answer();
          if (which > 3) await settled();
        }
      }
      await settled();
      const own = copies.map(({ hashes }) => new Set(hashes.values()));
      const stored = world.rows.map(({ hash }) => Buffer.from(hash).toString('hex'));
      const owners = [0, 1].filter((copy) => stored.every((hash) => own[copy]!.has(hash)));
      assert.ok(owners.length > 0, 'the log holds something of each');
      // Whoever has all of the log in its journal is let in, and the other is not.
      for (const [copy, each] of copies.entries()) {
        each.write(`${copy}: last`);
        each.connect(`f${copy}`);
        for (let round = 0; round < 10; round++) {
          await settled();
          each.answer();
        }
        assert.equal(each.isRefused, !owners.includes(copy));
      }
    }),
    { seed, numRuns: 300 },
  );
});
