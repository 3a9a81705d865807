import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../message.ts';
import { decodeDatagram } from './datagram.ts';
import { frames } from './frame.ts';

const refused: readonly (readonly [name: string, bytes: string])[] = [
  ['less than a header', '400100'],
  ['another version', '80010001'],
  ['a reserved token length', '49010001010203040506070809'],
  ['the longest reserved token length', '4f010001000000000000000000000000000000'],
  ['a token that is cut off', '4401000101'],
  ['an empty message with a token', '4100000101'],
  ['an empty message with an option', '40000001b161'],
  ['an empty message with a payload', '40000001ff61'],
  ['code class 1', '40200001'],
  ['code class 6', '40c00001'],
  ['code class 7', '40e10001'],
  ['option delta 15', '40010001f0'],
  ['option length 15', '400100010f'],
  ['an option that is cut off', '40010001b5616263'],
  ['an extended delta that is cut off', '40010001e000'],
  ['an extended length that is cut off', '400100010d'],
  ['an option number beyond 65535', '40010001e0ffff'],
  ['a payload marker without a payload', '40010001ff'],
];

for (const [name, hex] of refused) {
  test(`datagram: ${name} is refused [COA-3]`, () => {
    const decoded = decodeDatagram(Buffer.from(hex, 'hex'));
    assert.equal(decoded.ok, false);
    assert.ok(!decoded.ok && decoded.why.length > 10);
  });
}

test('datagram: the GET of RFC 7252, appendix A, is read as printed there [COA-3]', () => {
  const decoded = decodeDatagram(Buffer.from('40017d34bb74656d7065726174757265', 'hex'));
  assert.ok(decoded.ok);
  const { type, id, message } = decoded.value;
  assert.deepEqual([type, id, message.code, message.token.length], [0, 0x7d34, 1, 0]);
  assert.deepEqual(message.options, [{ number: 11, value: Buffer.from('temperature') }]);
  assert.equal(message.payload.length, 0);
});

function read(bytes: Buffer): { readonly messages: readonly Message[]; readonly why: string | undefined } {
  const messages: Message[] = [];
  const why = frames(() => 1_000).push(bytes, (message) => messages.push(message));
  return { messages, why };
}

test('frame: the ping of RFC 8323, section 5.7, is read as printed there [COA-3]', () => {
  const { messages, why } = read(Buffer.from('01e242', 'hex'));
  assert.equal(why, undefined);
  assert.deepEqual(messages, [{ code: 0xe2, token: Buffer.of(0x42), options: [], payload: Buffer.alloc(0) }]);
});

test('frame: what is beyond the bound is refused by the length it announces [COA-6]', () => {
  const input = frames(() => 1_000);
  const why = input.push(Buffer.from('f0ffffffff', 'hex'), () => assert.fail('it is no message yet'));
  assert.match(why ?? '', /beyond 1000/);
  assert.equal(input.held, 5);
});

test('frame: messages before a broken one are given, then the reason [COA-3]', () => {
  const { messages, why } = read(Buffer.from('000109ff', 'hex'));
  assert.equal(messages.length, 1);
  assert.match(why ?? '', /token length 9/);
});
