import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded, undecodable } from '../decoded.ts';
import { seconds } from '../duration.ts';
import { bytes, choice, duration, type Field, flag, json, number, port, secret, text } from './fields.ts';

const doc = 'What it is for.';
const even = json({
  doc,
  kind: 'even numbers',
  check: (raw) =>
    Array.isArray(raw) && raw.every((one) => one % 2 === 0) ? decoded(raw as number[]) : undecodable('odd'),
});

// biome-ignore lint/suspicious/noExplicitAny: fields of every value type stand side by side here
const accepted: readonly (readonly [string, Field<any>, unknown, unknown])[] = [
  ['text', text({ doc }), '', ''],
  ['flag from a file', flag({ doc }), false, false],
  ['flag from text', flag({ doc }), 'true', true],
  ['flag from a digit', flag({ doc }), '0', false],
  ['number from a file', number({ doc, min: 0, max: 5 }), 2.5, 2.5],
  ['number from text, its ends included', number({ doc, min: -5, max: 5 }), ' -5 ', -5],
  ['port', port({ doc }), '65535', 65_535],
  ['duration', duration({ doc }), '5s', seconds(5)],
  ['size', bytes({ doc }), '1.5KiB', 1_536],
  ['size in bytes', bytes({ doc }), '0B', 0],
  ['choice', choice(['a', 'b'], { doc }), 'b', 'b'],
  ['JSON from a file', even, [2, 4], [2, 4]],
  ['JSON from text', even, '[2,4]', [2, 4]],
];

for (const [what, field, raw, value] of accepted) {
  test(`config: ${what} is read from ${JSON.stringify(raw)} [KER-22]`, () => {
    assert.deepEqual(field.read(raw), { ok: true, value });
  });
}

// biome-ignore lint/suspicious/noExplicitAny: fields of every value type stand side by side here
const refused: readonly (readonly [string, Field<any>, unknown, RegExp])[] = [
  ['text', text({ doc }), 5, /5 is not text/],
  ['flag', flag({ doc }), 'yes', /"yes" is neither true nor false/],
  ['number', number({ doc, min: 0, max: 5 }), '', /"" is not a number/],
  ['number', number({ doc, min: 0, max: 5 }), 'five', /"five" is not a number/],
  ['number', number({ doc, min: 0, max: 5 }), true, /true is not a number/],
  ['number', number({ doc, min: 0, max: 5 }), 6, /6 is not within 0 and 5/],
  ['whole number', number({ doc, min: 0, max: 5, whole: true }), 2.5, /2.5 is not a whole number/],
  ['port', port({ doc }), 65_536, /65536 is not within 0 and 65535/],
  ['duration', duration({ doc }), 30, /30 has no unit; write 30s/],
  ['duration', duration({ doc }), '30', /"30" is not a duration/],
  ['size', bytes({ doc }), 1_024, /1024 is not a size such as 512KiB/],
  ['size', bytes({ doc }), '1MB', /"1MB" is not a size/],
  ['size', bytes({ doc }), `${'9'.repeat(400)}B`, /longer|larger/],
  ['choice', choice(['a', 'b'], { doc }), 'c', /"c" is none of a, b/],
  ['JSON', even, '[2', /it is not JSON/],
  ['JSON', even, [1], /odd/],
];

for (const [what, field, raw, why] of refused) {
  test(`config: ${what} refuses ${String(JSON.stringify(raw)).slice(0, 20)} and says why [KER-22]`, () => {
    const result = field.read(raw);
    assert.equal(result.ok, false);
    assert.match(result.ok ? '' : result.why, why);
  });
}

test('config: a check that throws is not mistaken for text that is no JSON [KER-22]', () => {
  const broken = json({
    doc,
    kind: 'x',
    check: () => {
      throw new Error('bug');
    },
  });
  assert.throws(() => broken.read('[]'), /bug/);
});

test('config: a secret is read like text and never shown [KER-23]', () => {
  const field = secret({ doc, default: 'hunter2' });
  assert.deepEqual(field.read('hunter3'), { ok: true, value: 'hunter3' });
  assert.equal(field.show('hunter3'), '…');
  assert.equal(field.secret, true);
});
