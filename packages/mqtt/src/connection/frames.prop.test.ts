import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packet } from '../../test/support/wire.ts';
import { Frames } from './frames.ts';

const seed = 20_260;

test(`frames: however a stream is cut, the packets are the same [MQB-1] (seed ${seed})`, () => {
  const body = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 100, maxLength: 400 }));
  const packets = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), body), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(packets, cuts, (sent, sizes) => {
      const stream = Buffer.concat(sent.map(([first, bytes]) => packet(first, bytes)));
      const frames = new Frames(10_000);
      const got: [number, Uint8Array][] = [];
      const sink = {
        large: () => false,
        assemble: () => undefined,
        assembled: () => undefined,
        frame(first: number, bytes: Buffer, start: number, end: number) {
          got.push([first, Uint8Array.from(bytes.subarray(start, end))]);
          return true;
        },
        broken: (_code: number, why: string) => assert.fail(why),
      };
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = sizes[turn % sizes.length]! + (turn % 7 === 0 ? 1 : 0);
        frames.feed(Buffer.from(stream.subarray(at, at + size)), 0, sink);
        at += size;
      }
      assert.deepEqual(got, sent);
    }),
    { seed, numRuns: 300 },
  );
});
