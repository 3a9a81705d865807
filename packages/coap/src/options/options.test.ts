import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Option } from '../message.ts';
import { bert, blockOption, decodeBlock, szxWithin } from './block.ts';
import { options } from './build.ts';
import { badOption, soundOptions } from './check.ts';
import * as read from './read.ts';
import { isCritical, isNoCacheKey, isUnsafe, registry } from './registry.ts';
import { decodeUint, encodeUint } from './uint.ts';

const seed = 7_252;
const withOptions = (...list: readonly Option[]) => ({
  code: 1,
  token: Buffer.alloc(0),
  options: list,
  payload: Buffer.alloc(0),
});

test('options: a number takes as few bytes as it needs and is read back [COA-4]', () => {
  assert.equal(encodeUint(0).length, 0);
  assert.equal(encodeUint(255).length, 1);
  assert.equal(encodeUint(256).length, 2);
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), (value) => assert.equal(decodeUint(encodeUint(value)), value)),
    { seed },
  );
  assert.equal(decodeUint(Buffer.from('0000002a', 'hex')), 42);
});

test('options: the number says whether an option is critical, unsafe and part of the cache key [COA-5]', () => {
  const critical = Object.values(registry).filter(({ number }) => isCritical(number));
  assert.deepEqual(
    critical.map(({ number }) => number),
    [1, 3, 5, 7, 9, 11, 15, 17, 23, 27, 35, 39],
  );
  assert.deepEqual(
    [isUnsafe(35), isUnsafe(4), isNoCacheKey(60), isNoCacheKey(28), isNoCacheKey(15)],
    [true, false, true, true, false],
  );
});

test('options: what is built by name is read by name, repeated ones in order [COA-4]', () => {
  const list = options(
    { uriQuery: ['a=1', 'b'], uriPath: ['sensors', 'pump-7'], contentFormat: 50, observe: 0, ifNoneMatch: true },
    [{ number: 2_048, value: Buffer.of(1) }],
  );
  const numbers = list.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  const message = { options: list };
  assert.deepEqual(read.uriPath(message), ['sensors', 'pump-7']);
  assert.deepEqual(read.uriQuery(message), ['a=1', 'b']);
  assert.deepEqual([read.contentFormat(message), read.observe(message), read.ifNoneMatch(message)], [50, 0, true]);
  assert.deepEqual([read.accept(message), read.etag(message), read.ifMatch(message)], [undefined, undefined, []]);
});

test('options: a critical one that is unknown, of a wrong length, no text or repeated is bad [COA-4]', () => {
  const bad: readonly (readonly Option[])[] = [
    [{ number: 9_999, value: Buffer.alloc(0) }],
    [{ number: registry.oscore.number, value: Buffer.alloc(0) }],
    [{ number: registry.accept.number, value: Buffer.alloc(3) }],
    [{ number: registry.uriPath.number, value: Buffer.alloc(256, 'a') }],
    [{ number: registry.uriPath.number, value: Buffer.of(0xff, 0xfe) }],
    [
      { number: registry.uriHost.number, value: Buffer.from('a') },
      { number: registry.uriHost.number, value: Buffer.from('b') },
    ],
  ];
  for (const list of bad) assert.ok(badOption(withOptions(...list)), JSON.stringify(list));
  const twice = { number: registry.uriPath.number, value: Buffer.from('a') };
  assert.equal(badOption(withOptions(twice, twice)), undefined);
});

test('options: an elective one that is unsound is as if it were not there [COA-4]', () => {
  const good = { number: registry.maxAge.number, value: Buffer.of(1) };
  const unknown = { number: 10_000, value: Buffer.alloc(300) };
  const list = [
    good,
    { ...good, value: Buffer.of(2) },
    { number: registry.size1.number, value: Buffer.alloc(5) },
    unknown,
  ];
  assert.equal(badOption(withOptions(...list)), undefined);
  assert.deepEqual(soundOptions(list), [good, unknown]);
});

test('options: a block is read as it was written, and size 7 is for connections [COA-5]', () => {
  const blocks = fc.record(
    { number: fc.nat(2 ** 20 - 1), more: fc.boolean(), szx: fc.nat(6) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(blocks, (block) => {
      assert.deepEqual(decodeBlock(blockOption(23, block).value, false), { ok: true, value: block });
    }),
    { seed },
  );
  const large = blockOption(23, { number: 1, more: true, szx: bert });
  assert.equal(decodeBlock(large.value, false).ok, false);
  assert.equal(decodeBlock(large.value, true).ok, true);
  assert.deepEqual([15, 16, 31, 32, 1_023, 1_024, 9_000].map(szxWithin), [undefined, 0, 0, 1, 5, 6, 6]);
});
