import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMedia } from '../media.ts';
import { encodeCborItem } from './cbor.fixture.ts';
import { splitter } from './splitter.ts';

const seed = 4_711;

/** What comes out when the body comes in parts that end at these places. */
function split(type: string, body: Buffer, cuts: readonly number[]): string[] {
  const cutter = splitter(readMedia(type)!, 1_000_000);
  const places = [...cuts.map((cut) => cut % (body.length + 1)), body.length].sort((a, b) => a - b);
  const payloads: Buffer[] = [];
  let from = 0;
  for (const to of places) {
    payloads.push(...cutter.push(body.subarray(from, to)));
    from = to;
  }
  payloads.push(...cutter.end());
  return payloads.map((one) => one.toString('latin1'));
}

const cuts = fc.array(fc.nat(), { maxLength: 8 });
const values = fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 8 });
const spaces = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

test(`body: a JSON list is its items, wherever its parts end, seed ${seed} [EDG-85]`, () => {
  fc.assert(
    fc.property(values, spaces, cuts, (items, space, at) => {
      const texts = items.map((item) => `${space}${JSON.stringify(item)}${space}`);
      const body = Buffer.from(`${space}[${texts.join(',')}${space}]${space}`, 'utf8');
      const found = split('application/json', body, at).map((text) =>
        JSON.parse(Buffer.from(text, 'latin1').toString()),
      );
      assert.deepEqual(found, JSON.parse(body.toString()));
    }),
    { seed, numRuns: 500 },
  );
});

test(`body: a JSON value that is no list is one payload, seed ${seed} [EDG-85]`, () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), cuts, (value, at) => {
      fc.pre(!Array.isArray(value));
      const body = Buffer.from(JSON.stringify(value), 'utf8');
      assert.deepEqual(split('application/json', body, at), [body.toString('latin1')]);
    }),
    { seed, numRuns: 300 },
  );
});

test(`body: NDJSON is its lines, wherever its parts end, seed ${seed} [EDG-85]`, () => {
  fc.assert(
    fc.property(values, fc.constantFrom('\n', '\r\n', '\n\n'), cuts, (items, line, at) => {
      const texts = items.map((item) => JSON.stringify(item));
      const body = Buffer.from(texts.join(line), 'utf8');
      const found = split('application/x-ndjson', body, at).map((text) => Buffer.from(text, 'latin1').toString('utf8'));
      assert.deepEqual(found, texts);
    }),
    { seed, numRuns: 300 },
  );
});

test(`body: a CBOR list is its items, and so is a sequence, wherever parts end, seed ${seed} [EDG-85]`, () => {
  fc.assert(
    fc.property(values, fc.boolean(), cuts, (items, isIndefinite, at) => {
      const encoded = items.map((item) => encodeCborItem(item, isIndefinite));
      const texts = encoded.map((item) => item.toString('latin1'));
      const head = Buffer.from(isIndefinite ? [0x9f] : [0x98, items.length]);
      const list = Buffer.concat([head, ...encoded, Buffer.from(isIndefinite ? [0xff] : [])]);
      assert.deepEqual(split('application/cbor', list, at), texts);
      assert.deepEqual(split('application/cbor-seq', Buffer.concat(encoded), at), texts);
    }),
    { seed, numRuns: 500 },
  );
});

test(`body: no bytes make it fail, and none are lost or made up, seed ${seed} [EDG-85]`, () => {
  const types = ['application/json', 'application/x-ndjson', 'application/cbor', 'application/cbor-seq'];
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.stringMatching(/^[[\]{}",\\ 1]{0,40}$/).map(Buffer.from));
  fc.assert(
    fc.property(fc.constantFrom(...types), bytes, cuts, (type, raw, at) => {
      const body = Buffer.from(raw);
      const payloads = split(type, body, at);
      assert.deepEqual(payloads, split(type, body, []));
      assert.ok(payloads.join('').length <= body.length);
    }),
    { seed, numRuns: 1_000 },
  );
});
