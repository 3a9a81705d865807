import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from './text.ts';

const read = (...bytes: number[]) => readText(Buffer.from([0x20, ...bytes, 0x20]), 1, bytes.length + 1);

test('text: well-formed UTF-8 of every length is read, a byte order mark kept [MQTT-1.5.4-3]', () => {
  assert.equal(read(), '');
  assert.equal(read(0x61, 0x7f, 0x01), 'a\u007f\u0001');
  assert.equal(read(0xc3, 0xa9), 'é');
  assert.equal(read(0xe2, 0x82, 0xac), '€');
  assert.equal(read(0xf0, 0x9f, 0x98, 0x80), '😀');
  assert.equal(read(0xef, 0xbb, 0xbf, 0x61), '\ufeffa');
  assert.equal(read(0xf4, 0x8f, 0xbf, 0xbf), '\u{10ffff}');
});

const wrong: [string, number[]][] = [
  ['U+0000', [0x61, 0]],
  ['a lone continuation byte', [0x80]],
  ['a sequence cut off', [0xe2, 0x82]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['an overlong U+0000', [0xc0, 0x80]],
  ['a high surrogate', [0xed, 0xa0, 0x80]],
  ['a low surrogate', [0xed, 0xbf, 0xbf]],
  ['a surrogate pair', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['a byte that never occurs', [0xff]],
];
for (const [why, bytes] of wrong) {
  test(`text: ${why} is no text [MQTT-1.5.4-1] [MQTT-1.5.4-2]`, () => assert.equal(read(...bytes), undefined));
}
