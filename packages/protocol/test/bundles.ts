import { Buffer } from 'node:buffer';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { BundleBatch, BundleRun } from '../src/link/bundle-v1.ts';
import { isDeviceId, isValueName, type Reading, type Value } from '../src/reading.ts';
import { encodeReading } from '../src/reading-draft.ts';

export const pack = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes);
export const unpack = (bytes: Uint8Array, length: number): Uint8Array =>
  zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) });

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const decimal = fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(4)).map(([n, d]) => n / 10 ** d);
const number = fc.oneof(
  decimal,
  fc.integer(),
  fc.maxSafeInteger(),
  double,
  double.map(Math.fround).filter(Number.isFinite),
  fc.constantFrom(-0, 0, 2 ** 53, 5e-324),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  { arbitrary: number, weight: 4 },
  fc.boolean(),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('on', 'off', 'auto'),
);
const device = fc.oneof(
  fc.nat(5).map((n) => `pump-${n}`),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isDeviceId),
);
const valueName = fc.oneof(
  fc.constantFrom('a', 'b', 'c'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter(isValueName),
);
const time = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
  fc.integer({ min: 0, max: 2 ** 53 - 1 }),
  double,
);
export const reading: fc.Arbitrary<Reading> = fc
  .record({
    device,
    takenAt: time,
    receivedAt: time,
    quality: fc.constantFrom(0, 0, 0, 1, 255),
    values: fc.dictionary(valueName, value, { maxKeys: 4, noNullPrototype: true }),
    name: fc.option(
      fc.record({ boot: fc.oneof(fc.nat(2), fc.nat(0xffff_ffff)), seq: fc.oneof(fc.nat(9), fc.maxSafeNat()) }),
      { nil: {} },
    ),
  })
  .map(({ name, ...fields }) => ({ ...fields, ...name }));
const record = fc.oneof(
  { arbitrary: reading.map((one) => encodeReading(one)), weight: 8 },
  fc.string().map((text) => Buffer.from(`\u0002\u0001{"alert":${JSON.stringify(text)}}`)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(reading, fc.nat(), fc.nat(255)).map(([one, at, byte]) => {
    const bytes = Buffer.from(encodeReading(one));
    bytes[at % bytes.length] = byte;
    return bytes;
  }),
);

/** A journal's body of these records. */
export const bodyOf = (records: readonly Uint8Array[]): Buffer =>
  Buffer.concat(
    records.flatMap((one) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(one.length);
      return [length, one];
    }),
  );

/** Numbers as one sensor might send them for a while: noise, steps, swings, counters, a few choices, huge ones, odd ones. */
const course: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(decimal, { maxLength: 60 }),
  fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 60 }).map((all) => all.map((n) => 20 + n / 10)),
  fc
    .tuple(fc.nat(60), fc.nat(1_000))
    .map(([count, height]) => Array.from({ length: count }, (_, i) => Math.round(height * Math.sin(i)) / 10)),
  fc.tuple(fc.nat(60), fc.maxSafeInteger()).map(([count, from]) => Array.from({ length: count }, (_, i) => from + i)),
  fc.array(fc.constantFrom(0, 1_234_567, -5e9, 0.001), { maxLength: 60 }),
  fc.array(fc.constantFrom(2 ** 50, -(2 ** 50), 2 ** 50 - 1, 1e15, -1e15, 0), { maxLength: 60 }),
  fc.array(fc.oneof(fc.maxSafeInteger(), double), { maxLength: 60 }),
  fc.array(double.map(Math.fround).filter(Number.isFinite), { maxLength: 60 }),
);
/** Times in a beat, with jitter, with gaps, in whole seconds, running backwards, or anywhere. */
const beat: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(fc.constantFrom(1_000, 1_001, 999), { minLength: 60, maxLength: 60 }),
  fc.array(fc.constantFrom(0, 1_000, 1_000, 3_600_000, -7), { minLength: 60, maxLength: 60 }),
  fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 43 }), { minLength: 60, maxLength: 60 }),
);
const series = fc
  .record({
    course,
    other: course,
    beat,
    start: fc.constantFrom(0, 1_700_000_000_000, 1_700_000_000_123),
    delays: beat,
  })
  .map(({ course: numbers, other, beat: steps, start, delays }) => {
    let at = start;
    return numbers.map((one, index) => {
      at += steps[index]!;
      return encodeReading({
        device: 'pump-0',
        boot: 1,
        seq: index,
        takenAt: at,
        receivedAt: at + delays[index]!,
        quality: 0,
        values: { a: one, b: other[index] ?? index % 3 === 0, c: other.length > 30 },
      });
    });
  });

const body = fc.oneof(
  { arbitrary: series.map((records) => ({ count: records.length, body: bodyOf(records) })), weight: 4 },
  {
    arbitrary: fc.array(record, { maxLength: 12 }).map((records) => ({ count: records.length, body: bodyOf(records) })),
    weight: 8,
  },
  fc.record({ count: fc.nat(5), body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) }),
);
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const batch = fc.oneof(
  {
    arbitrary: fc
      .record({ body, klass: fc.nat(4), appendedAt: fc.nat(2 ** 30).map((n) => n * 2 ** 20) })
      .map((one) => ({
        ...one,
        ...one.body,
        bodyLength: one.body.body.length,
        bodyDigest: undefined as Uint8Array | undefined,
      })),
    weight: 6,
  },
  fc
    .record({
      count: fc.nat(9),
      klass: fc.nat(4),
      appendedAt: fc.nat(2 ** 30).map((n) => n * 2 ** 20),
      bodyLength: fc.nat(0xffff_ffff),
      bodyDigest: hash,
    })
    .map((one) => ({ ...one, body: undefined as Uint8Array | undefined })),
);
/** Batches of whatever a journal may hold: readings, texts, garbage, stubs, empty bodies; and local runs. */
export const run: fc.Arbitrary<BundleRun> = fc.oneof(
  {
    arbitrary: fc
      .record({ firstOffset: fc.nat(2 ** 30), prevHash: hash, hash, batches: fc.array(batch, { maxLength: 5 }) })
      .map(({ batches, firstOffset, ...place }): BundleRun => {
        let offset = firstOffset;
        const placed = batches.map((one): BundleBatch => {
          const { count, klass, appendedAt, bodyLength, bodyDigest, body: plain } = one;
          offset += count;
          return { count, klass, appendedAt, bodyLength, bodyDigest, body: plain, firstOffset: offset - count };
        });
        return { kind: 'batches', firstOffset, ...place, batches: placed };
      }),
    weight: 5,
  },
  fc.record({
    kind: fc.constant('local' as const),
    firstOffset: fc.nat(2 ** 30),
    prevHash: hash,
    hash,
    count: fc.nat(1_000),
  }),
);

/** To compare with `deepEqual`, which tells buffers from other bytes. */
export const plainOf = (runs: readonly BundleRun[]): unknown =>
  runs.map((one) => ({
    ...one,
    prevHash: Buffer.from(one.prevHash),
    hash: Buffer.from(one.hash),
    ...(one.kind === 'batches'
      ? {
          batches: one.batches.map((b) => ({
            ...b,
            body: b.body && Buffer.from(b.body),
            bodyDigest: b.bodyDigest && Buffer.from(b.bodyDigest),
          })),
        }
      : {}),
  }));
