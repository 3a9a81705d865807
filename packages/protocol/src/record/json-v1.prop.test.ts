import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Gap } from '../ledger.ts';
import { decodeRecord, encodeRecord, type RecordBodies } from './json-v1.ts';
import { classOf, lanes, type RecordKindName, recordKind } from './kind.ts';

const gap: Gap = { lane: 'low', from: 3, to: 9, count: 6, reason: 'age', at: 1_700_000_000_000 };
const good = encodeRecord('gap', gap);

test('record kinds: numbers and classes are for ever [PRO-7]', () => {
  const numbers = { reading: 1, alert: 2, command: 3, commandState: 4, status: 5, statistics: 6, quarantine: 7 };
  assert.deepEqual(recordKind, { ...numbers, ledger: 8, gap: 9, fold: 10, twin: 11, configuration: 12, time: 14 });
  assert.deepEqual(lanes, ['critical', 'high', 'medium', 'low', 'local']);
  const classes = Object.fromEntries(Object.keys(recordKind).map((kind) => [kind, classOf(kind as RecordKindName)]));
  const urgent = { alert: 0, command: 0, commandState: 0, reading: 1, status: 2, statistics: 2, gap: 2, fold: 2 };
  assert.deepEqual(classes, { ...urgent, quarantine: 3, ledger: 3, twin: 1, configuration: 1, time: 2 });
});

test('text record: the bytes of version 1 do not change [PRO-6]', () => {
  assert.equal(
    good.toString('latin1'),
    '\u0009\u0001{"lane":"low","from":3,"to":9,"count":6,"reason":"age","at":1700000000000}',
  );
});

test('text record: every kind comes back as it was written, wherever it lies [PRO-9]', () => {
  const kinds = Object.keys(recordKind).filter((kind) => kind !== 'reading') as (keyof RecordBodies)[];
  for (const kind of kinds) {
    const body = { device: 'pump-7', detail: 'läuft' } as never;
    const record = encodeRecord(kind, body);
    const bytes = Buffer.concat([Buffer.of(9, 9, 9), record, Buffer.of(9)]);
    assert.deepEqual(decodeRecord(bytes, 3, 3 + record.length), { ok: true, value: { kind, body } });
  }
});

test('text record: what is none gives a why [PRO-9]', () => {
  const why = (bytes: Buffer): string => {
    const result = decodeRecord(bytes);
    return result.ok ? '' : result.why;
  };
  assert.match(why(Buffer.alloc(0)), /kind undefined/);
  assert.match(why(Buffer.of(1, 1)), /kind 1 is not a text record/);
  assert.match(why(Buffer.of(99, 1)), /kind 99/);
  assert.match(why(Buffer.of(9, 2)), /version 2/);
  assert.match(why(Buffer.from('\u0009\u00015', 'latin1')), /not an object/);
  assert.match(why(Buffer.from('\u0009\u0001null', 'latin1')), /not an object/);
  for (let length = 0; length < good.length; length++) assert.notEqual(why(good.subarray(0, length)), '');
});

test('text record: no bytes make the decoder throw [PRO-9]', () => {
  const quiet = (kind: number, bytes: Uint8Array): void => {
    const result = decodeRecord(Buffer.from([kind, 1, ...bytes]));
    assert.ok(result.ok || result.why.length > 0);
  };
  fc.assert(fc.property(fc.nat(12), fc.uint8Array({ maxLength: 40 }), quiet), { seed: 9, numRuns: 1_000 });
});
