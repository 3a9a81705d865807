import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchCodec } from './batch-v1.ts';
import { decodeFrame, encodeFrame, type FrameBodies, frameSizeMax, frameType, frameTypeOf } from './frame.ts';

const why = (frame: Buffer): string => {
  const result = decodeFrame(frame);
  return result.ok ? '' : result.why;
};

test('link frames: numbers are for ever [PRO-7]', () => {
  const first = { hello: 1, welcome: 2, refused: 3, batch: 4, acknowledged: 5, command: 6, commandTaken: 7, report: 8 };
  assert.deepEqual(frameType, {
    ...first,
    ask: 9,
    answer: 10,
    ping: 11,
    pong: 12,
    bundle: 13,
    twin: 14,
    configuration: 15,
    configured: 16,
    prove: 17,
    proof: 18,
  });
  assert.deepEqual(batchCodec, { plain: 0, zstd: 1, columns: 2, stub: 3 });
  assert.equal(frameSizeMax, 1_048_576);
});

test('link frames: the bytes of version 1 do not change [PRO-6]', () => {
  assert.equal(encodeFrame('ping', { time: 5 }).toString('latin1'), '\u000b\u0001{"time":5}');
  const acknowledged = encodeFrame('acknowledged', { intervals: [[0, 7]] });
  assert.equal(acknowledged.toString('latin1'), '\u0005\u0001{"intervals":[[0,7]]}');
});

test('link frames: every text frame comes back as it was written [PRO-40]', () => {
  const types = Object.keys(frameType).filter((type) => type !== 'batch' && type !== 'bundle') as (keyof FrameBodies)[];
  for (const type of types) {
    const body = { message: 'grün', intervals: [[0, 5]] } as never;
    const frame = encodeFrame(type, body);
    assert.deepEqual(frameTypeOf(frame), { ok: true, value: type });
    assert.deepEqual(decodeFrame(frame), { ok: true, value: { type, body } });
  }
});

test('link frames: what is none gives a why [PRO-40]', () => {
  assert.match(why(Buffer.alloc(0)), /frame type of no bytes/);
  assert.match(why(Buffer.of(0, 1)), /frame type 0/);
  assert.match(why(Buffer.of(99, 1)), /frame type 99/);
  assert.match(why(Buffer.of(11)), /version undefined of ping/);
  assert.match(why(Buffer.of(11, 2)), /version 2 of ping/);
  assert.match(why(Buffer.of(4, 1)), /a batch is not a text frame/);
  assert.match(why(Buffer.of(13, 1)), /a bundle is not a text frame/);
  assert.match(why(Buffer.of(11, 1)), /not JSON/);
  assert.match(why(Buffer.of(11, 1, 0xff)), /not UTF-8/);
  for (const body of ['5', 'null', '[]', '"x"']) assert.match(why(Buffer.from(`\u000b\u0001${body}`)), /not an object/);
});

test('link frames: no bytes make the decoder throw [PRO-40]', () => {
  const quiet = (type: number, bytes: Uint8Array): void => {
    const result = decodeFrame(Buffer.from([type, 1, ...bytes]));
    assert.ok(result.ok || result.why.length > 0);
  };
  fc.assert(fc.property(fc.nat(20), fc.uint8Array({ maxLength: 30 }), quiet), { seed: 40, numRuns: 1_000 });
});
