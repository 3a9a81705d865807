import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../message.ts';
import { datagramSize, decodeDatagram, encodeDatagram, type MessageType } from './datagram.ts';
import { encodeFrame, frameSize, frames } from './frame.ts';

const seed = 7_252;
const plain = { noNullPrototype: true };
const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((all) => Buffer.from(all));

const options = fc
  .array(fc.record({ number: fc.oneof(fc.nat(300), fc.nat(65_535)), value: fc.oneof(bytes(20), bytes(700)) }, plain), {
    maxLength: 8,
  })
  .map((list) => list.sort((a, b) => a.number - b.number));

const anyMessage = (codes: fc.Arbitrary<number>): fc.Arbitrary<Message> =>
  fc.record({ code: codes, token: bytes(8), options, payload: fc.oneof(bytes(40), bytes(70_000)) }, plain);

const codes = fc.oneof(
  fc.integer({ min: 1, max: 31 }),
  fc.integer({ min: 64, max: 95 }),
  fc.integer({ min: 128, max: 191 }),
);

test('wire: a datagram that is encoded is decoded to the same message [COA-1]', () => {
  const types = fc.integer({ min: 0, max: 3 }) as fc.Arbitrary<MessageType>;
  fc.assert(
    fc.property(types, fc.nat(65_535), anyMessage(codes), (type, id, message) => {
      const encoded = encodeDatagram(type, id, message);
      assert.equal(encoded.length, datagramSize(message));
      const decoded = decodeDatagram(encoded);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.value, { type, id, message });
    }),
    { seed, numRuns: 300 },
  );
});

test('wire: frames are read as they were written, however the stream is cut [COA-1]', () => {
  fc.assert(
    fc.property(
      fc.array(anyMessage(fc.nat(255)), { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 }),
      (messages, cuts) => {
        const stream = Buffer.concat(messages.map(encodeFrame));
        assert.equal(
          stream.length,
          messages.reduce((sum, message) => sum + frameSize(message), 0),
        );
        const input = frames(() => 200_000);
        const read: Message[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = cuts[turn % cuts.length]!;
          const why = input.push(stream.subarray(at, at + size), (one) => read.push(one));
          assert.equal(why, undefined);
          at += size;
        }
        assert.deepEqual(read, messages);
        assert.equal(input.held, 0);
      },
    ),
    { seed, numRuns: 100 },
  );
});

test('wire: no bytes make a decoder throw, and what it gives is encoded to an equal message [COA-2]', () => {
  fc.assert(
    fc.property(bytes(64), (noise) => {
      // Half of them look like a message of version 1.
      const candidate = Buffer.from(noise);
      if (candidate.length > 0 && candidate[0]! & 1) candidate[0] = 0x40 | (candidate[0]! & 0x38);
      const decoded = decodeDatagram(candidate);
      if (decoded.ok) {
        const { type, id, message } = decoded.value;
        const again = decodeDatagram(encodeDatagram(type, id, message));
        assert.deepEqual(again, decoded);
      }
      frames(() => 1_000).push(candidate, () => undefined);
    }),
    { seed, numRuns: 20_000 },
  );
});
