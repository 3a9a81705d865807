import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { encodeMessage, formatTally, type Message } from './message-format.ts';

const small: Message = { id: 'pump-7', timestamp: 1_700_000_000_123, temperature: 21.5, humidity: 40.1 };
const formatOf = (message: Message): string => encodeMessage(message).format;

test('message format: id, time and two of the four values make a compact record [COD-26]', () => {
  assert.equal(formatOf(small), 'compact-record');
  assert.equal(encodeMessage(small).bytes.length, 34);
  assert.equal(encodeMessage(small, { envelope: true }).bytes.length, 37);
  assert.equal(formatOf({ ...small, alarm: true }), 'compact-record');
});

test('message format: what a compact record would lose is said in JSON [COD-26]', () => {
  const { id: _id, ...nameless } = small;
  const { timestamp: _timestamp, ...timeless } = small;
  const { humidity: _humidity, ...single } = small;
  for (const message of [nameless, timeless, single, { ...small, flow: 3 }, { ...small, temperature: 21.55 }]) {
    assert.equal(formatOf(message), 'json');
    assert.deepEqual(JSON.parse(encodeMessage(message).bytes.toString()), message);
  }
  assert.equal(formatOf({ ...small, pressure: 9_999 }), 'json');
  assert.equal(formatOf({ ...small, id: 'a-name-beyond-sixteen' }), 'json');
});

test('message format: more than 500 characters of JSON are MessagePack, more than 1 KiB is compressed [COD-26]', () => {
  const long = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`sensor-${index}`, index * 100]));
  assert.equal(formatOf({ text: 'x'.repeat(489) }), 'json');
  assert.equal(formatOf({ text: 'x'.repeat(490) }), 'message-pack');
  // Decimals are longer in MessagePack than their digits are.
  assert.equal(formatOf({ cells: Array.from({ length: 200 }, (_, index) => 3 + (index % 90) / 100) }), 'json');
  const compressed = encodeMessage(long, { compress: deflateRawSync });
  assert.deepEqual([compressed.format, compressed.isCompressed], ['message-pack', true]);
  assert.equal(encodeMessage(long).isCompressed, false);
  assert.equal(encodeMessage(small, { compress: deflateRawSync }).isCompressed, false);
});

test('message format: a message beyond the length of an envelope is refused [COD-26]', () => {
  const message = { text: 'x'.repeat(70_000) };
  assert.throws(() => encodeMessage(message, { envelope: true }), RangeError);
  assert.ok(encodeMessage(message).bytes.length > 70_000);
});

test('message format: messages and bytes are counted by format [COD-27]', () => {
  const tally = formatTally();
  for (const message of [small, small, { a: 1 }]) tally.add(encodeMessage(message), JSON.stringify(message).length);
  const json = JSON.stringify(small).length;
  assert.deepEqual(tally.rows(), [
    { format: 'compact-record', messages: 2, compressed: 0, bytes: 68, jsonBytes: 2 * json },
    { format: 'json', messages: 1, compressed: 0, bytes: 7, jsonBytes: 7 },
  ]);
});
