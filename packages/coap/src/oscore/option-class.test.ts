import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Option } from '../message.ts';
import { joinOptions, splitRequest, splitResponse } from './option-class.ts';

const option = (number: number, value: string | Buffer = ''): Option => ({ number, value: Buffer.from(value) });
const show = (options: readonly Option[]): readonly string[] =>
  options.map(({ number, value }) => `${number}=${value.toString('latin1')}`);

/** RFC 8613 figure 5 and the documents after it: what a sender puts inside, and what stays outside. */
const inside = [1, 4, 5, 8, 11, 12, 14, 15, 17, 20, 23, 27, 28, 60, 252, 258, 292, 2_048, 65_001];
const outside = [3, 7, 16, 21, 39];

test('oscore options: each goes inside or stays outside as its class says, unknown ones inside [COA-210]', () => {
  const all = [...inside, ...outside].sort((a, b) => a - b).map((number) => option(number, 'v'));
  for (const split of [splitRequest(all), splitResponse(all)]) {
    assert.ok(split.ok);
    assert.deepEqual(
      split.value.inner.map(({ number }) => number),
      inside,
    );
    assert.deepEqual(
      split.value.outer.map(({ number }) => number),
      outside,
    );
  }
});

test('oscore options: Observe goes both ways in a request, and its value stays outside in a response [COA-211]', () => {
  const request = splitRequest([option(6, '\0'), option(11, 'a')]);
  assert.ok(request.ok);
  assert.deepEqual([show(request.value.inner), show(request.value.outer)], [['6=\0', '11=a'], ['6=\0']]);
  const response = splitResponse([option(6, '\x01\x02'), option(12)]);
  assert.ok(response.ok);
  assert.deepEqual([show(response.value.inner), show(response.value.outer)], [['6=', '12='], ['6=\x01\x02']]);
});

test('oscore options: of what comes outside only class U is believed, and what came inside goes before it [COA-212]', () => {
  const outer = [...inside, ...outside, 6, 9].sort((a, b) => a - b).map((number) => option(number, 'outer'));
  const joined = joinOptions([option(3, 'inner'), option(11, 'a'), option(11, 'b')], outer);
  assert.deepEqual(show(joined), ['3=inner', '7=outer', '11=a', '11=b', '16=outer', '21=outer', '39=outer']);
});

test('oscore options: a message that has an OSCORE option already is not protected again [COA-213]', () => {
  for (const split of [splitRequest, splitResponse]) assert.equal(split([option(9), option(11)]).ok, false);
});

const uris: readonly (readonly [uri: string, outer: string, inner: readonly string[]])[] = [
  ['coap://example.com/resource?q=1', 'coap://example.com', ['11=resource', '15=q=1']],
  ['coap://example.com', 'coap://example.com', []],
  ['coap://example.com/', 'coap://example.com', []],
  ['COAP://Example.COM:5683/a//b/', 'coap://example.com', ['11=a', '11=', '11=b', '11=']],
  [
    'coaps://[2001:db8::1]:5685/%7Esensors/%2F?a=%26&b',
    'coaps://[2001:db8::1]:5685',
    ['11=~sensors', '11=/', '15=a=&', '15=b'],
  ],
  ['http://proxy.example:80/x?', 'http://proxy.example', ['11=x', '15=']],
];

test('oscore options: a Proxy-Uri leaves scheme, host and port for the proxy, path and query go inside [COA-214]', () => {
  for (const [uri, outer, inner] of uris) {
    const split = splitRequest([option(3, 'ignored'), option(11, 'ignored'), option(12), option(35, uri)]);
    assert.ok(split.ok, uri);
    assert.deepEqual(show(split.value.outer), [`35=${outer}`], uri);
    assert.deepEqual(
      show(split.value.inner).filter((text) => text !== '12='),
      inner,
      uri,
    );
  }
  for (const uri of ['', '/a', 'coap:', 'coap://', 'coap://u@h/', 'coap://h/#f', 'coap://h/%zz', 'coap://h?%'])
    assert.equal(splitRequest([option(35, uri)]).ok, false, uri);
});
