import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { CborValue } from './cbor-value.ts';
import { encodeCbor } from './encode-cbor.ts';
import { parseCbor } from './parse-cbor.ts';

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function read(hex: string): CborValue {
  const bytes = bytesOf(hex);
  const result = parseCbor(bytes, 0, bytes.length);
  assert.ok('value' in result, `${hex}: ${'why' in result ? result.why : ''}`);
  return result.value;
}

function reasonOf(hex: string): string | undefined {
  const bytes = bytesOf(hex);
  const result = parseCbor(bytes, 0, bytes.length);
  return 'reason' in result ? result.reason : undefined;
}

const map = (entries: readonly (readonly [string | number, CborValue])[]): CborValue => new Map(entries);

/** RFC 8949 appendix A, in the encoding that section 4.2.1 prefers. */
const preferred: readonly (readonly [hex: string, value: CborValue])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1864', 100],
  ['1903e8', 1_000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
  ['3bffffffffffffffff', -18_446_744_073_709_551_616n],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1_000],
  ['c249010000000000000000', { tag: 2, value: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0]) }],
  ['f98000', -0],
  ['fb3ff199999999999a', 1.1],
  ['f93e00', 1.5],
  ['fa47c35000', 100_000],
  ['f97bff', 65_504],
  ['fa7f7fffff', 3.402_823_466_385_288_6e38],
  ['fb7e37e43c8800759c', 1e300],
  ['f90001', 2 ** -24],
  ['f90400', 2 ** -14],
  ['f9c400', -4],
  ['fbc010666666666666', -4.1],
  ['f97c00', Number.POSITIVE_INFINITY],
  ['f97e00', Number.NaN],
  ['f9fc00', Number.NEGATIVE_INFINITY],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['f7', undefined],
  ['c074323031332d30332d32315432303a30343a30305a', { tag: 0, value: '2013-03-21T20:04:00Z' }],
  ['c11a514b67b0', { tag: 1, value: 1_363_896_240 }],
  ['c1fb41d452d9ec200000', { tag: 1, value: 1_363_896_240.5 }],
  ['d74401020304', { tag: 23, value: new Uint8Array([1, 2, 3, 4]) }],
  ['40', new Uint8Array()],
  ['4401020304', new Uint8Array([1, 2, 3, 4])],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', map([])],
  [
    'a201020304',
    map([
      [1, 2],
      [3, 4],
    ]),
  ],
  [
    'a26161016162820203',
    map([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  ],
];

/** What floats hold whole numbers for, which are shorter without; and lengths that are open. */
const others: readonly (readonly [hex: string, value: CborValue])[] = [
  ['f90000', 0],
  ['f93c00', 1],
  ['fa7f800000', Number.POSITIVE_INFINITY],
  ['fb7ff8000000000000', Number.NaN],
  ['5f42010243030405ff', new Uint8Array([1, 2, 3, 4, 5])],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9fff', []],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['83019f0203ff820405', [1, [2, 3], [4, 5]]],
  [
    'bf61610161629f0203ffff',
    map([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  ],
  [
    'bf6346756ef563416d7421ff',
    map([
      ['Fun', true],
      ['Amt', -2],
    ]),
  ],
  ['5fff', new Uint8Array()],
  ['7fff', ''],
  ['1800', 0],
  ['1b0000000000000001', 1],
  ['3b001fffffffffffff', -9_007_199_254_740_992n],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
];

test('cbor: the examples of RFC 8949 appendix A say what the document states [PRO-60]', () => {
  for (const [hex, value] of [...preferred, ...others]) assert.deepEqual(read(hex), value, hex);
});

test('cbor: a value is written in the one encoding that RFC 8949 section 4.2.1 prefers [PRO-60] [PRO-62]', () => {
  for (const [hex, value] of preferred) {
    // A whole number is written as one, however it was written before.
    const expected = typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) ? undefined : hex;
    if (expected !== undefined) assert.equal(encodeCbor(value).toString('hex'), expected);
  }
  const shuffled = map([
    ['aa', 1],
    ['b', 2],
    [-1, 3],
    [100, 4],
    [10, 5],
  ]);
  assert.equal(encodeCbor(shuffled).toString('hex'), 'a50a05186404200361620262616101');
});

test('cbor: what is not well-formed is refused (RFC 8949 appendix F) [PRO-61]', () => {
  const broken = [
    // Heads and contents that end too soon.
    '18,19,1a,1b,1901,1a0102,1b01020304050607,38,58,78,98,9a01ff00,b8,d8,f8,f900,fa0000,fb000000,41,61',
    '5affffffff00,7affffffff00,81,818181818181818181,8200,a1,a20102,a100,a2000000,c0,5bffffffffffffffff010203',
    '7b7fffffffffffffff010203,9bffffffffffffffff,bbffffffffffffffff,5f4100,7f6100,9f,9f0102,bf,bf01020304,819f',
    // Reserved additional information, simple values in two bytes that fit in one.
    '1c,1d,1e,3c,5d,7e,9c,bd,de,fc,fd,fe,f800,f801,f818,f81f',
    // Chunks of another kind, or open themselves; an end of nothing; open lengths where there are none.
    '5f00ff,5f21ff,5f6100ff,5f80ff,5fa0ff,5fc000ff,5fe0ff,7f4100ff,5f5f4100ffff,7f7f6100ffff',
    'ff,81ff,8200ff,a1ff,a1ff00,a100ff,a20000ff,9f81ff,bf00ff,bf000001ff,1f,3f,df',
    // Nothing, and something behind the item.
    ',0000,8000,f600',
  ];
  for (const hex of broken.join(',').split(',')) assert.equal(reasonOf(hex), 'payload-not-cbor', hex || 'nothing');
});

test('cbor: a small payload that announces much allocates little [PRO-61]', () => {
  for (const hex of ['9b001fffffffffffff00', 'bb000fffffffffffff0000', '5a7fffffff', '7a7fffffff'])
    assert.equal(reasonOf(hex), 'payload-not-cbor', hex);
});

test('cbor: a key that comes twice is refused, whatever its encoding [PRO-61]', () => {
  for (const hex of ['a2616101616102', 'bf616101616102ff', 'a20102180103', 'a22001380000'])
    assert.equal(reasonOf(hex), 'name-doubled', hex);
  assert.deepEqual(
    read('a201026131f5'),
    map([
      [1, 2],
      ['1', true],
    ]),
  );
});

test('cbor: nesting that would exhaust a stack is only too deep [PRO-61]', () => {
  for (const hex of ['81', 'a101', 'c1', '9f']) {
    assert.equal(reasonOf(`${hex.repeat(15)}00${hex === '9f' ? 'ff'.repeat(15) : ''}`), undefined, hex);
    assert.equal(reasonOf(`${hex.repeat(16)}00`), 'too-deep', hex);
    assert.equal(reasonOf(`${hex.repeat(100_000)}00`), 'too-deep', hex);
  }
});

test('cbor: text that is not UTF-8 is refused, also when only its chunks are not [PRO-15]', () => {
  for (const hex of ['61ff', '62c328', '63eda080', '7f61c361bcff'])
    assert.equal(reasonOf(hex), 'payload-not-utf8', hex);
  assert.equal(read('63efbfbd'), '\ufffd');
});

test('cbor: what nobody has given a meaning is refused [PRO-61]', () => {
  for (const hex of ['f0', 'f8ff', 'f820', 'a1f500', 'a18000', 'a1fb3ff800000000000000', 'a11b002000000000000000'])
    assert.equal(reasonOf(hex), 'cbor-unsupported', hex);
});
