import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { clearDraft, emptyDraft } from '../reading-draft.ts';
import { decodeJson } from './json.ts';
import { plainRules, readObject } from './members.ts';
import { plainJson } from './plain-json.ts';

const seed = 7_160;

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 10 });
const number = fc
  .tuple(fc.constantFrom('', '-', '+'), digits, fc.option(digits), fc.constantFrom('', '', '', 'e3', '.'))
  .map(([sign, whole, part, tail]) => `${sign}${whole}${part === null ? '' : `.${part}`}${tail}`);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('temperature', 'humidity', 'mode', 'a', 'b', 'timestamp', '$seq', '$boot') },
  fc.string({ maxLength: 70 }),
);
const value = fc.oneof(
  { weight: 3, arbitrary: number },
  fc.double().map(String),
  fc.string().map((one) => JSON.stringify(one)),
  fc.constantFrom('true', 'false', 'null', 'tru', '{}', '[1]', '"x', ''),
);
const space = fc.constantFrom('', '', '', ' ', '\n\t', '\u00a0');
const text = fc
  .tuple(space, fc.array(fc.tuple(name, space, value), { maxLength: 6 }), space, fc.constantFrom('', '', '', 'x', '}'))
  .map(([before, members, after, tail]) => {
    const inside = members.map(([one, gap, what]) => `${JSON.stringify(one)}${gap}:${gap}${what}`).join(`,${before}`);
    return `${before}{${inside}${after}}${tail}`;
  });

/** What the reading is when JSON.parse reads the text first. */
function expected(json: string): object | string {
  const draft = emptyDraft();
  try {
    const failure = readObject(draft, JSON.parse(json), plainRules);
    return failure ? failure.reason : facts(draft);
  } catch {
    return 'payload-not-json';
  }
}

const facts = ({ names, values, count, takenAt, boot, seq }: ReturnType<typeof emptyDraft>): object => ({
  values: names.slice(0, count).map((one, index) => [one, values[index]]),
  takenAt,
  boot,
  seq,
});

test(`json door: read plainly or by way of an object, a payload means the same, seed ${seed} [PRO-18]`, () => {
  const draft = emptyDraft();
  fc.assert(
    fc.property(text, fc.nat(3), (json, gap) => {
      const bytes = Buffer.from(`${'9'.repeat(gap)}${json}9}`);
      clearDraft(draft);
      const failure = decodeJson(draft, bytes, gap, bytes.length - 2);
      assert.deepEqual(failure ? failure.reason : facts(draft), expected(json), json);
    }),
    { seed, numRuns: 20_000 },
  );
});

test('json door: what devices mostly send is read plainly [PRO-18]', () => {
  const read = plainJson((draft, one, what) => {
    draft.names.push(one);
    draft.values.push(what);
    return undefined;
  });
  const draft = emptyDraft();
  const plain = Buffer.from('{ "temperature": -21.50, "on": true,\n"mode":"auto-1", "n":0, "x":0.25 }');
  assert.ok(read(draft, plain, 0, plain.length));
  assert.deepEqual(draft.names, ['temperature', 'on', 'mode', 'n', 'x']);
  assert.deepEqual(draft.values, [-21.5, true, 'auto-1', 0, 0.25]);
  for (const other of [
    '{"a":01}',
    '{"a":1.}',
    '{"a":1e3}',
    '{"a":null}',
    '{"a":"\\n"}',
    '{"a":1',
    '[1]',
    '{"ä":1}',
    '{}',
  ])
    assert.ok(!read(emptyDraft(), Buffer.from(other), 0, Buffer.byteLength(other)), other);
});
