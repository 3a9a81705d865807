import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { isValueName, type Value } from '../reading.ts';
import { clearDraft, emptyDraft, encodeReading, type ReadingDraft } from '../reading-draft.ts';
import { readingSizeMax, readReading, writeReading } from '../record/reading-v1.ts';
import { shapes } from '../shape.ts';
import { payloadDecoders } from './payload.ts';

const seed = 7_159;
const table = shapes();

/** Writes the draft as an edge's door does: no object of values between payload and record. */
function recordOf(draft: ReadingDraft): Buffer {
  const shape = table.of(draft.names, draft.values, draft.count);
  const times = { takenAt: Math.max(0, draft.takenAt), receivedAt: 5, quality: 0 };
  const fields = { deviceUtf8: Buffer.from('pump-7'), shape, values: draft.values, boot: draft.boot, seq: draft.seq };
  const room = Buffer.alloc(readingSizeMax({ ...fields, ...times }) + 1, 0xee);
  const length = writeReading(room, 1, { ...fields, ...times });
  assert.ok(length < room.length, `${length} bytes written, ${room.length - 1} were asked for`);
  return room.subarray(1, 1 + length);
}

/** Decodes with a draft that still holds an earlier reading, as doors do; gives the records. */
function records(decoder: string, draft: ReadingDraft, payload: Uint8Array): readonly Buffer[] | string {
  const bytes = Buffer.from(payload);
  const emitted: Buffer[] = [];
  clearDraft(draft);
  const failure = payloadDecoders[decoder]!(draft, bytes, 0, bytes.length, () => emitted.push(recordOf(draft)));
  if (!failure) return emitted;
  assert.equal(emitted.length, 0, 'a refused payload emitted a reading');
  assert.ok(failure.why.length > 0 && failure.why.length < 300, failure.why);
  return failure.reason;
}

function checkRecords(all: readonly Buffer[] | string): void {
  assert.ok(typeof all !== 'string' || /^[a-z0-9-]+$/.test(all));
  for (const record of typeof all === 'string' ? [] : all) {
    const back = readReading(record);
    assert.ok(back.ok, back.ok ? '' : back.why);
    assert.deepEqual(encodeReading(back.value), record);
  }
}

const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 9 }),
  fc.constantFrom('1', '10', '2', 'timestamp', '$seq', '$boot', '__proto__', 'a.b', 'bn', 'v', 'n', 't', 'bt'),
);
const json = fc.json({ maxDepth: 5 });
const members = fc
  .dictionary(name, fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.nat(), fc.constant(null)), { maxKeys: 12 })
  .map((one) => JSON.stringify(one));
const packs = fc.array(members, { maxLength: 5 }).map((all) => `[${all.join(',')}]`);
const payload = fc.oneof(
  ...[json, members, packs, fc.string()].map((text) => text.map((one) => Buffer.from(one))),
  fc.uint8Array({ maxLength: 60 }),
);

for (const decoder of Object.keys(payloadDecoders)) {
  test(`${decoder} door: no payload throws, and what passes is the one record of its reading [PRO-14] [PRO-17]`, () => {
    const draft = emptyDraft();
    fc.assert(
      fc.property(payload, (one) => checkRecords(records(decoder, draft, one))),
      { seed, numRuns: 3_000 },
    );
  });
}

test('json door: what an object of values says is what the record says, in any order [PRO-10] [PRO-17]', () => {
  const value: fc.Arbitrary<Value> = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.string(),
  );
  const plain = fc
    .string({ minLength: 1, maxLength: 8 })
    .filter((one) => isValueName(one) && !one.startsWith('$') && one !== 'timestamp');
  const draft = emptyDraft();
  const same = (values: Record<string, Value>): void => {
    const text = JSON.stringify(values, (_, one) => (Object.is(one, -0) ? 0 : one));
    const all = records('json', draft, Buffer.from(text));
    const expected = {
      device: 'pump-7',
      takenAt: 0,
      receivedAt: 5,
      quality: 0,
      values: JSON.parse(text) as Record<string, Value>,
    };
    assert.deepEqual(all, [encodeReading(expected)]);
  };
  const objects = fc.dictionary(fc.oneof(plain, fc.nat(20).map(String)), value, {
    minKeys: 1,
    maxKeys: 20,
    noNullPrototype: true,
  });
  fc.assert(fc.property(objects, same), { seed, numRuns: 1_000 });
});
