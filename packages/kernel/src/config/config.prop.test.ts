import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { millis } from '../duration.ts';
import { Fault } from '../fault.ts';
import {
  type AnyField,
  bytes,
  choice,
  duration,
  flag,
  json,
  number,
  port,
  readConfig,
  secret,
  shownConfig,
  text,
} from './index.ts';

const seed = 24;
const doc = 'What it is for.';
const anything = { doc, kind: 'anything', check: (value: unknown) => ({ ok: true, value }) as const };

const fields: readonly AnyField[] = [
  text({ doc }),
  secret({ doc }),
  flag({ doc }),
  number({ doc, min: -5, max: 5 }),
  port({ doc }),
  duration({ doc }),
  bytes({ doc }),
  choice(['a', 'b'], { doc }),
  json(anything),
];

test('config: whatever stands in a file or the environment, a field takes it or says why, and never throws [KER-22]', () => {
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.oneof(fc.anything({ withBigInt: false }), fc.string()), (field, raw) => {
      const result = field.read(raw);
      if (result.ok) assert.equal(typeof field.show(result.value ?? null), 'string');
      else assert.ok(result.why.length > 0);
    }),
    { seed },
  );
});

const schema = {
  a: { size: bytes({ doc }), wait: duration({ doc }) },
  count: number({ doc, min: 0, max: Number.MAX_SAFE_INTEGER }),
  on: flag({ doc }),
  name: text({ doc }),
};

test('config: what is shown of a configuration, given back in the environment, is the same configuration [KER-28]', () => {
  const plain = { noNullPrototype: true };
  const size = fc.maxSafeNat();
  const group = fc.record({ size, wait: size.map(millis) }, plain);
  const config = fc.record({ a: group, count: size, on: fc.boolean(), name: fc.string() }, plain);
  fc.assert(
    fc.property(config, (given) => {
      const shown = shownConfig(schema, given);
      const env = {
        X_A_SIZE: shown['a.size'],
        X_A_WAIT: shown['a.wait'],
        X_COUNT: shown['count'],
        X_ON: shown['on'],
        X_NAME: shown['name'],
      };
      assert.deepEqual(readConfig(schema, { prefix: 'X', env }), given);
    }),
    { seed },
  );
});

test('config: any file is either taken or refused as CONFIG_INVALID, and a secret in it stays secret [KER-23]', () => {
  const guarded = { ...schema, token: secret({ doc }) };
  const hidden = 'hunter2hunter2';
  const part = fc.oneof(fc.constant(hidden), fc.constant([hidden]), fc.jsonValue());
  const file = fc.oneof(part, fc.record({ a: part, count: fc.jsonValue(), token: part }, { requiredKeys: [] }));
  fc.assert(
    fc.property(file, (given) => {
      try {
        readConfig(guarded, { prefix: 'X', env: {}, file: given });
      } catch (cause) {
        assert.ok(cause instanceof Fault);
        assert.equal(cause.code, 'CONFIG_INVALID');
        assert.ok(!cause.message.includes(hidden), cause.message);
      }
    }),
    { seed },
  );
});
