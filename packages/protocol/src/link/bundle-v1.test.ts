import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { bodyOf, pack, plainOf, unpack } from '../../test/bundles.ts';
import { sessionBounds } from '../codec/session.ts';
import { encodeReading } from '../reading-draft.ts';
import { type BundleBatch, type BundleRun, decodeBundle, encodeBundle } from './bundle-v1.ts';
import { bundleDecoder } from './bundle-v1-decoder.ts';
import { bundleEncoder } from './bundle-v1-encoder.ts';

/** A run of one batch: `count` devices report once each. */
function runOf(second: number, count = 3, firstOffset = second * count): BundleRun {
  const records = Array.from({ length: count }, (_, index) =>
    encodeReading({
      device: `pump-${index}`,
      boot: 1,
      seq: second,
      takenAt: 1_700_000_000_000 + second * 1_000,
      receivedAt: 1_700_000_000_003 + second * 1_000,
      quality: 0,
      values: { flow: 4 + index / 10, on: true, state: 'auto' },
    }),
  );
  const body = bodyOf(records);
  const place = { klass: 1, firstOffset, appendedAt: 1_700_000_000_005 + second * 1_000 };
  const batch: BundleBatch = { ...place, count, bodyLength: body.length, body, bodyDigest: undefined };
  const hash = (at: number): Buffer => Buffer.alloc(32, at & 0xff);
  return { kind: 'batches', firstOffset, prevHash: hash(second), hash: hash(second + 1), batches: [batch] };
}

const why = (frame: Buffer, bounds?: { plainLength: number; batches: number }): string => {
  const back = decodeBundle(frame, bounds ? { unpack, bounds } : { unpack });
  return back.ok ? '' : back.why;
};

test('bundle: later bundles of a stream pay for no name, no shape and no known text again [COD-4]', () => {
  const encoder = bundleEncoder({ profile: 'default', pack });
  const sizes = Array.from({ length: 20 }, (_, second) => encoder.encode([runOf(second)]).length);
  assert.ok(sizes[0]! > 100, `${sizes[0]} bytes`);
  // Frame, hash and what three readings cost beside.
  assert.ok(sizes.at(-1)! < 52, `${sizes.at(-1)} bytes`);
});

test('bundle: one that was lost, doubled or came too early is refused until the stream begins anew [COD-5]', () => {
  for (const frames of [[0, 2], [0, 1, 1], [1]]) {
    const encoder = bundleEncoder({ profile: 'default', pack });
    const all = [0, 1, 2].map((second) => encoder.encode([runOf(second)]));
    const decoder = bundleDecoder({ unpack });
    const results = frames.map((index) => decoder.decode(all[index]!));
    assert.deepEqual(
      results.map(({ ok }) => ok),
      frames.map((_, place) => place < frames.length - 1),
    );
    assert.equal(decoder.decode(all[frames.length - 1]!).ok, frames.length === 1);
    encoder.reset();
    const anew = decoder.decode(encoder.encode([runOf(9)]));
    assert.ok(anew.ok);
    assert.deepEqual(plainOf(anew.value.runs), plainOf([runOf(9)]));
  }
});

test('bundle: streams do not disturb each other [COD-5]', () => {
  const encoders = [0, 1].map((stream) => bundleEncoder({ profile: 'default', pack, stream }));
  const decoder = bundleDecoder({ unpack });
  for (let second = 0; second < 6; second++) {
    const runs = [runOf(second)];
    const back = decoder.decode(encoders[second % 2]!.encode(runs));
    assert.ok(back.ok, back.ok ? '' : back.why);
    assert.deepEqual(plainOf(back.value.runs), plainOf(runs));
  }
});

test('bundle: more devices than a session remembers still come through, and the next bundle begins anew [COD-6]', () => {
  const encoder = bundleEncoder({ profile: 'default', pack });
  const decoder = bundleDecoder({ unpack });
  for (const count of [sessionBounds.devices + 50, 10]) {
    const runs = [runOf(count, count, 0)];
    const frame = encoder.encode(runs);
    assert.equal(frame[4], 0, 'the number of the bundle');
    const back = decoder.decode(frame);
    assert.ok(back.ok, back.ok ? '' : back.why);
    assert.deepEqual(plainOf(back.value.runs), plainOf(runs));
  }
});

test('bundle: a run that goes on where the one before ended tells neither offset nor hash again [COD-7]', () => {
  const encoder = bundleEncoder({ profile: 'plain', pack });
  const [first, second] = [encoder.encode([runOf(0, 1)]), encoder.encode([runOf(1, 1)])];
  assert.ok(first.length - second.length >= 32, `${first.length} and ${second.length} bytes`);
  const far = bundleEncoder({ profile: 'plain', pack });
  far.encode([runOf(0, 1)]);
  assert.ok(far.encode([{ ...runOf(1, 1), prevHash: Buffer.alloc(32, 99) }]).length > second.length + 31);
});

test('bundle: what a receiver does not want to hold is refused before anything is unpacked [COD-8]', () => {
  const frame = encodeBundle([runOf(0), runOf(1)], { profile: 'default', pack });
  assert.match(why(frame, { plainLength: 100, batches: 9 }), /at most 100 are allowed/);
  assert.match(why(frame, { plainLength: 9_999, batches: 1 }), /2 batches; at most 1/);
  const zeros = Buffer.alloc(2 ** 20);
  const batch = {
    klass: 1,
    firstOffset: 0,
    count: 1,
    appendedAt: 0,
    bodyLength: zeros.length,
    body: zeros,
    bodyDigest: undefined,
  };
  const bomb = encodeBundle([{ ...runOf(0), kind: 'batches', batches: [batch] }], { profile: 'plain', pack });
  assert.ok(bomb.length < 500);
  assert.match(why(bomb, { plainLength: 65_536, batches: 9 }), /at most 65536/);
});

test('bundle: what is none has a why [COD-3]', () => {
  const frame = encodeBundle([runOf(0)], { profile: 'default', pack });
  assert.match(why(Buffer.alloc(0)), /not a bundle/);
  assert.match(why(Buffer.from([4, ...frame.subarray(1)])), /type 4/);
  assert.match(why(Buffer.from([13, 2, ...frame.subarray(2)])), /version 2/);
  assert.match(why(Buffer.from([13, 1, 16, ...frame.subarray(3)])), /packing 16/);
  assert.match(why(Buffer.from([13, 1, frame[2]!, 16, ...frame.subarray(4)])), /stream 16/);
  assert.match(why(Buffer.concat([frame, Buffer.of(0)])), /left over/);
  for (let length = 0; length < frame.length; length++)
    assert.notEqual(why(frame.subarray(0, length)), '', `${length}`);
});

test('bundle: a batch that was appended beyond all times is refused by the encoder, which then begins anew [COD-9]', () => {
  const encoder = bundleEncoder({ profile: 'default', pack });
  const decoder = bundleDecoder({ unpack });
  assert.ok(decoder.decode(encoder.encode([runOf(0)])).ok);
  const run = runOf(1);
  assert.ok(run.kind === 'batches');
  const batches = [{ ...run.batches[0]!, appendedAt: 2 ** 51 }];
  assert.throws(() => encoder.encode([{ ...run, batches }]), RangeError);
  assert.ok(decoder.decode(encoder.encode([runOf(1)])).ok);
});

test('bundle: texts that resemble earlier ones cost next to nothing where they are predicted [COD-4]', () => {
  const encoder = bundleEncoder({ profile: 'max', pack });
  const sizes = Array.from({ length: 30 }, (_, index) => {
    const alert = { id: `alert-${index}`, device: 'pump-7', rule: 'hot', state: 'raised', value: 81.5 + index };
    const body = bodyOf([Buffer.from(`\u0002\u0001${JSON.stringify(alert)}`)]);
    const place = { klass: 0, firstOffset: index, appendedAt: 1_700_000_000_000 + index };
    const batch = { ...place, count: 1, bodyLength: body.length, body, bodyDigest: undefined };
    return encoder.encode([{ ...runOf(index, 1), kind: 'batches', batches: [batch] }]).length;
  });
  assert.ok(sizes[0]! - sizes.at(-1)! > 70, `${sizes[0]} and ${sizes.at(-1)} bytes`);
  assert.ok(sizes.at(-1)! < 65, `${sizes.at(-1)} bytes`);
});
