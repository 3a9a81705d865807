import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { bodyOf, plainOf, unpack } from '../../test/bundles.ts';
import type { Value } from '../reading.ts';
import { encodeReading } from '../reading-draft.ts';
import { type BundleBatch, type BundleProfile, type BundleRun, encodeBundle } from './bundle-v1.ts';
import { bundleDecoder } from './bundle-v1-decoder.ts';
import { bundleEncoder } from './bundle-v1-encoder.ts';

/** Nothing is packed, so that the bytes are those of this package alone. */
const pack = (bytes: Uint8Array): Uint8Array => bytes;

test('bundle: the bytes of version 1 do not change [COD-10]', () => {
  const body = Buffer.from('04000000aabbccdd', 'hex');
  const batch = { klass: 2, firstOffset: 300, count: 1, appendedAt: 5, bodyLength: 8, body, bodyDigest: undefined };
  const [prevHash, hash] = [Buffer.alloc(32, 0xaa), Buffer.alloc(32, 0xbb)];
  const runs: readonly BundleRun[] = [
    { kind: 'batches', firstOffset: 300, prevHash, hash, batches: [batch] },
    { kind: 'local', firstOffset: 301, prevHash: hash, hash: prevHash, count: 7 },
  ];
  const parts = [
    '0d 01 00 00  00 08 02', // type, version, packing, stream; number, plain length, runs
    `00 ac02 ${'aa'.repeat(32)} ${'bb'.repeat(32)} 01`, // kind, first offset, hashes, batches
    `03 ${'aa'.repeat(32)} 07`, // a local run that follows
    '10 05 0a01 0b01 0c01 0d01 0e01', // columns: length, kind, class, count, appended
    '10 02 04 00 0a', // 8 bytes apart; class +2, count +0, appended +5
    '08 04000000aabbccdd',
  ];
  assert.equal(encodeBundle(runs, { profile: 'plain', pack }).toString('hex'), parts.join('').replaceAll(' ', ''));
});

/** A number that looks like chance and is the same everywhere. */
const mixed = (index: number): number => (Math.imul(index + 1, 0x9e3779b1) >>> 16) % 1_000;

/** All that a model learns from: names, times, numbers of every kind, switches, texts, and records of other kinds. */
function runOf(second: number): BundleRun {
  const records = Array.from({ length: 12 }, (_, index) => {
    const n = second * 12 + index;
    const values: Record<string, Value>[] = [
      { flow: 4 + (mixed(n) % 9) / 10, on: n % 5 < 2, mode: ['auto', 'hand', 'off'][n % 3]! },
      { level: mixed(n) * 37, total: n * 1_000, single: Math.fround(mixed(n) / 7), raw: mixed(n) / 7 },
      { swing: ((n % 8) - 4) * 100 + (mixed(n) % 10), text: `job ${n}` },
    ];
    const takenAt = 1_700_000_000_000 + second * 1_000 + (mixed(n) % 5);
    const name = index % 4 === 0 ? {} : { boot: 1, seq: second };
    const device = `pump-${index}`;
    return encodeReading({ device, ...name, takenAt, receivedAt: takenAt + 3, quality: 0, values: values[index % 3]! });
  });
  const body = bodyOf([...records, Buffer.from(`\u0002\u0001{"alert":"hot","second":${second}}`)]);
  const place = { klass: 1, firstOffset: second * 13, appendedAt: 1_700_000_000_010 + second * 1_000 };
  const batch: BundleBatch = { ...place, count: 13, bodyLength: body.length, body, bodyDigest: undefined };
  const hash = (at: number): Buffer => Buffer.alloc(32, at);
  return {
    kind: 'batches',
    firstOffset: second * 13,
    prevHash: hash(second),
    hash: hash(second + 1),
    batches: [batch],
  };
}

const digests: Readonly<Record<BundleProfile, string>> = {
  plain: '8d68b436451f9f283d4a9a4968ac82e4e3cd381d46db7a410bbd344396f525d6',
  quick: 'b70fc5dc24c92e7bece5fa2faf719e6c799bdc917daf024f9d48e0fdbf1a62cf',
  default: '662855a591a5e344b90ec38362fcbff454bfc98c683dd961e2e9dd62129184d9',
  max: 'e19bb4f045e8b43b59d6f68415cecd5cf28b0ecd28d7bcb9e62ba64bb6f429f3',
};

for (const [profile, digest] of Object.entries(digests) as [BundleProfile, string][]) {
  test(`bundle: what was learnt from a stream of version 1 does not change, profile ${profile} [COD-10]`, () => {
    const encoder = bundleEncoder({ profile, pack, stream: 5 });
    const decoder = bundleDecoder({ unpack });
    const sum = createHash('sha256');
    for (let second = 0; second < 60; second++) {
      const frame = encoder.encode([runOf(second)]);
      sum.update(frame);
      const back = decoder.decode(frame);
      assert.ok(back.ok, back.ok ? '' : back.why);
      assert.deepEqual(plainOf(back.value.runs), plainOf([runOf(second)]));
    }
    assert.equal(sum.digest('hex'), digest);
  });
}
