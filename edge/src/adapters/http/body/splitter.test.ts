import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { readMedia } from '../media.ts';
import { splitter } from './splitter.ts';

function split(type: string, ...parts: readonly (string | Buffer)[]): string[] {
  const cutter = splitter(readMedia(type)!, 16);
  const payloads = parts.flatMap((part) => [...cutter.push(Buffer.from(part as string))]);
  return [...payloads, ...cutter.end()].map((one) => one.toString('latin1'));
}

test('body: what is missing or too much in a JSON list comes out as a payload that is none [EDG-85]', () => {
  const cases: readonly [body: string, payloads: readonly string[]][] = [
    ['', ['']],
    ['  ', ['']],
    ['[]', []],
    ['[ ] ', []],
    ['[1,]', ['1', '']],
    ['[,1]', ['', '1']],
    ['[1', ['1']],
    ['[1,', ['1', '']],
    ['[1] x', ['1', 'x']],
    ['[1][2]', ['1', '[2]']],
    ['[{"a":"],["}]', ['{"a":"],["}']],
    ['["\\"]"]', ['"\\"]"']],
    ['{"a":1} x', ['{"a":1} x']],
  ];
  for (const [body, payloads] of cases) assert.deepEqual(split('application/json', body), payloads, body);
});

test('body: what is missing or too much in CBOR comes out as a payload that is none [EDG-85]', () => {
  const cases: readonly [hex: string, type: string, hex: readonly string[]][] = [
    ['', 'application/cbor', ['']],
    ['80', 'application/cbor', []],
    ['9fff', 'application/cbor', []],
    ['a10102', 'application/cbor', ['a10102']],
    ['820102', 'application/cbor', ['01', '02']],
    ['8301', 'application/cbor', ['01', '']],
    ['8301a1', 'application/cbor', ['01', 'a1']],
    ['81011c', 'application/cbor', ['01', '1c']],
    ['9f01', 'application/cbor', ['01', '']],
    ['811c01', 'application/cbor', ['1c01']],
    ['9c', 'application/cbor', ['9c']],
    ['', 'application/cbor-seq', []],
    ['01a1', 'application/cbor-seq', ['01', 'a1']],
    ['ff01', 'application/cbor-seq', ['ff01']],
    ['9a00000002c1fb41d9ab3a0040000002', 'application/cbor', ['c1fb41d9ab3a00400000', '02']],
  ];
  for (const [body, type, payloads] of cases) {
    const found = split(type, Buffer.from(body, 'hex')).map((one) => Buffer.from(one, 'latin1').toString('hex'));
    assert.deepEqual(found, payloads, body);
  }
});

test('body: no more than one payload is held, and a larger one is refused when it is, not when it ends [EDG-85]', () => {
  const parts: readonly [type: string, part: string | Buffer][] = [
    ['application/json', '['],
    ['application/json', '{"a":"'],
    ['application/x-ndjson', '{"a":'],
    ['application/cbor', Buffer.from('817a00ffffff', 'hex')],
    ['application/senml+json', '['],
  ];
  for (const [type, begin] of parts) {
    const cutter = splitter(readMedia(type)!, 16);
    assert.deepEqual([...cutter.push(Buffer.from(begin as string))], []);
    assert.throws(
      () => [...cutter.push(Buffer.from('x'.repeat(17)))],
      (cause) => isFault(cause, 'HTTP_PAYLOAD_TOO_LARGE'),
      type,
    );
  }
});

test('body: empty lines cost nothing and are none [EDG-85]', () => {
  assert.deepEqual(split('application/x-ndjson', '\n\r\n', '\n1\n', '\n\n2\r', '\n\n'), ['1', '2']);
});

test('media: types are read without regard to case and parameters, text only in UTF-8 [EDG-85]', () => {
  assert.deepEqual(readMedia('Application/JSON; charset="UTF-8"'), { framing: 'json', decoder: 'json' });
  for (const type of [undefined, '', 'text/plain', 'application/json; charset=latin1', 'constructor'])
    assert.equal(readMedia(type), undefined, type);
});
