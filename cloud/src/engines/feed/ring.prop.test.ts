import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FeedEvent } from '../../ports.ts';
import { joinRing, readRing } from './reader.ts';
import { type Ring, ring, ringStart } from './ring.ts';

const seed = 20_260_305;
const event = (size: number): FeedEvent => ({ kind: 'node', data: { id: 'x'.repeat(size) } }) as unknown as FeedEvent;
const sizes = fc.array(fc.nat(300), { maxLength: 120 });
const sequenceOf = (text: string): number => (JSON.parse(text) as { sequence: number }).sequence;

test(`feed: it keeps the latest events within both bounds, each with its sequence [API-20] seed ${seed}`, () => {
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 50, max: 3_000 }),
      (all, eventsMax, bytesMax) => {
        const events = ring({ eventsMax, bytesMax }, 1_000);
        const texts: string[] = [];
        for (const size of all) {
          const sequence = events.add(event(size));
          texts.push(JSON.stringify({ sequence, ...event(size) }));
          assert.equal(sequence, 1_000 + texts.length - 1);
          const kept = texts.slice(events.first - 1_000);
          assert.equal(events.next - events.first, kept.length);
          assert.ok(kept.length >= 1 && kept.length <= eventsMax);
          assert.equal(events.sizeBytes, kept.join('').length);
          assert.ok(events.sizeBytes <= bytesMax || kept.length === 1);
          for (const [index, text] of kept.entries()) assert.equal(events.at(events.first + index), text);
          assert.equal(events.at(events.first - 1), undefined);
          assert.equal(events.at(events.next), undefined);
        }
      },
    ),
    { seed },
  );
});

/** Reads on from `at` until nothing is left. */
function drain(events: Ring, at: number, bytesMax: number): { sequences: number[]; at: number } | 'behind' {
  const sequences: number[] = [];
  for (;;) {
    const portion = readRing(events, at, bytesMax);
    if (portion.kind === 'behind') return 'behind';
    if (portion.texts.length === 0) return { sequences, at };
    sequences.push(...portion.texts.map(sequenceOf));
    at = portion.at;
  }
}

test(`feed: a listener that comes back misses nothing and gets nothing twice, or is told [API-21] seed ${seed}`, () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), fc.integer({ min: 1, max: 40 }), (before, away, eventsMax) => {
      const events = ring({ eventsMax, bytesMax: 1e9 }, 500);
      for (let i = 0; i < before; i++) events.add(event(1));
      const since = events.next - 1;
      for (let i = 0; i < away; i++) events.add(event(1));
      const { at, hello } = joinRing(events, since);
      assert.equal(hello.resumed, away <= eventsMax);
      const read = drain(events, at, 64);
      assert.notEqual(read, 'behind');
      const expected = hello.resumed ? away : 0;
      assert.deepEqual(
        read !== 'behind' && read.sequences,
        Array.from({ length: expected }, (_, i) => since + 1 + i),
      );
      assert.equal(hello.sequence, at - 1);
    }),
    { seed },
  );
});

test('feed: a sequence of the future, or of another life, is not resumed [API-21]', () => {
  const events = ring({ eventsMax: 10, bytesMax: 1_000 }, ringStart(1_700_000_000_000));
  events.add(event(1));
  for (const since of [events.next, 0, 7, ringStart(1_699_999_999_000), Number.MAX_SAFE_INTEGER]) {
    const { at, hello } = joinRing(events, since);
    assert.deepEqual([at, hello.resumed], [events.next, false]);
  }
  assert.equal(joinRing(events, undefined).hello.resumed, false);
});

test('feed: sequences grow over restarts, faster than a thousand events per millisecond, within exact numbers [API-20]', () => {
  assert.ok(ringStart(1_700_000_000_001) - ringStart(1_700_000_000_000) >= 1_000);
  assert.ok(Number.isSafeInteger(ringStart(4_000_000_000_000)));
});

test('feed: a listener whose next event has left is behind, whatever came since [API-22]', () => {
  const events = ring({ eventsMax: 5, bytesMax: 1e6 }, 1);
  for (let i = 0; i < 8; i++) events.add(event(1));
  assert.deepEqual(readRing(events, 2, 1e6), { kind: 'behind', missed: 2 });
  assert.equal(readRing(events, 4, 1e6).kind, 'texts');
});
