import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@selvedge/kernel';
import { batchCodec, decodeFrame, encodeBatch, encodeFrame, type Interval } from '@selvedge/protocol';
import fc from 'fast-check';
import type { LinkInput } from './link-step.ts';
import { newSession, stepLink } from './session.ts';

const seed = 20_260_303;
const limits = { silentMax: seconds(30), greetMax: seconds(10), waitingMax: 2_000 };
const hash = 'ab'.repeat(32);
const hello = {
  node: 'n1',
  epoch: '0123456789ab',
  head: { offset: 10, hash },
  base: { offset: 0, hash },
  software: 'edge',
  time: 1,
};
const facts = {
  owner: undefined,
  end: 0,
  hashAtHead: undefined,
  hashAtBase: undefined,
  acknowledged: [],
  hasControl: true,
};

const batch = (firstOffset: number, count: number, size: number) => ({
  codec: batchCodec.plain,
  klass: 1,
  firstOffset,
  count,
  appendedAt: 1,
  prevHash: Buffer.alloc(32),
  hash: Buffer.alloc(32),
  bodyDigest: Buffer.alloc(32),
  plainLength: size,
  body: Buffer.alloc(size),
});

test(`link: any bytes in any order give effects, never a throw, and nothing after the end [LNK-7] seed ${seed}`, () => {
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.integer({ min: 0, max: 18 }), fc.json())
      .map(([type, json]) => Buffer.concat([Uint8Array.of(type, 1), Buffer.from(json)])),
    fc.constant(encodeFrame('hello', hello)),
    fc.nat(50).map((offset) => encodeBatch(batch(offset, 3, 500))),
  );
  const input: fc.Arbitrary<LinkInput> = fc.oneof(
    frame.map((bytes) => ({ kind: 'frame' as const, frame: bytes })),
    fc.constant({ kind: 'facts' as const, hello, facts }),
    fc.constant({ kind: 'claimed' as const, fit: { kind: 'fits' as const } }),
    fc.constant({ kind: 'claimed' as const, fit: { kind: 'ask' as const, offset: 5 } }),
    fc.constant({ kind: 'frame' as const, frame: encodeFrame('proof', { offset: 5, hash }) }),
    fc.constantFrom({ kind: 'tick' as const }, { kind: 'settle' as const }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(input, fc.nat(4_000)), { maxLength: 40 }), (inputs) => {
      let session = newSession('n1', { wall: 0, ticks: 0 });
      let ticks = 0;
      let isOver = false;
      for (const [one, wait] of inputs) {
        const before = structuredClone({ ...session, sent: undefined });
        const step = stepLink(session, one, { wall: ticks, ticks: (ticks += wait) }, limits);
        assert.deepEqual({ ...session, sent: undefined }, before, 'the state before is not changed');
        if (isOver) assert.deepEqual(step.effects, []);
        isOver ||= step.effects.some((effect) => effect.kind === 'end');
        session = step.session;
      }
    }),
    { seed, numRuns: 300 },
  );
});

test(`link: exactly what was taken is acknowledged, in whatever order it settles [LNK-8] seed ${seed}`, () => {
  const story = fc.array(
    fc.record({ offset: fc.nat(100), count: fc.integer({ min: 1, max: 9 }), flush: fc.boolean() }),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(story, (batches) => {
      const now = { wall: 1, ticks: 1 };
      let { session } = stepLink(
        newSession('n1', now),
        { kind: 'frame', frame: encodeFrame('hello', hello) },
        now,
        limits,
      );
      session = stepLink(session, { kind: 'facts', hello, facts }, now, limits).session;
      session = stepLink(session, { kind: 'claimed', fit: { kind: 'fits' } }, now, limits).session;
      const acknowledged = new Set<number>();
      const taken = new Set<number>();
      const feed = (input: LinkInput): void => {
        const step = stepLink(session, input, now, limits);
        session = step.session;
        for (const effect of step.effects) {
          if (effect.kind !== 'send') continue;
          const frame = decodeFrame(effect.frame);
          assert.ok(frame.ok && frame.value.type === 'acknowledged');
          for (const one of frame.value.body.intervals) for (const offset of offsetsOf(one)) acknowledged.add(offset);
        }
      };
      for (const { offset, count, flush } of batches) {
        const one = batch(offset, count, 10);
        feed({ kind: 'frame', frame: encodeBatch(one) });
        feed({ kind: 'taken', batch: one, taken: { kind: 'appended' } });
        for (const each of offsetsOf([offset, offset + count])) taken.add(each);
        if (flush) feed({ kind: 'settle' });
      }
      feed({ kind: 'settle' });
      assert.deepEqual(acknowledged, taken);
      assert.equal(session.waitingBytes, 0);
    }),
    { seed },
  );
});

const offsetsOf = ([from, to]: Interval): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
