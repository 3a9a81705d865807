import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from './planted.ts';
import { idsOf, type Standard } from './statement-ids.ts';

const suite = 'packages/mqtt/conformance/v5/all.contract.ts';

/** A page with a row for each statement; `proofs` are the third columns that are not the suite. */
const page = (standard: Standard, proofs: Readonly<Record<string, string>> = {}): string =>
  idsOf(standard)
    .map((id) => `| [${id}] | what it says | ${proofs[id] ?? '`v5/all.contract.ts`'} |\n`)
    .join('');

const citing = (...ids: readonly string[]): string => ids.map((id) => `// [${id}]\n`).join('');

/** A house whose suite cites every statement of MQTT 5 but those. */
const house = (text: string, ...uncited: readonly string[]): Record<string, string> => ({
  'docs/spec/mqtt-5.md': text,
  [suite]: citing(...idsOf('MQTT5').filter((id) => !uncited.includes(id))),
});

test('tidy: the standards have 251 and 141 normative statements [TDY-12]', () => {
  assert.deepEqual([idsOf('MQTT5').length, idsOf('MQTT3').length], [251, 141]);
  assert.deepEqual(new Set(idsOf('MQTT3')).size, 141);
});

test('tidy: a list with a row for each statement, and tests that cite them, is well [TDY-12]', () => {
  assert.deepEqual(told(house(page('MQTT5'))), []);
  const exempt = { 'MQTT5-3.1.2-20': 'client', 'MQTT5-3.2.2-9': 'n/a: every QoS is served' };
  assert.deepEqual(told(house(page('MQTT5', exempt), ...Object.keys(exempt))), []);
});

test('tidy: a statement without a row, with two, or of no standard is told [TDY-12]', () => {
  const [first, second] = page('MQTT5').split('\n');
  const text = page('MQTT5').replace(`${second}\n`, `${first}\n${second!.replace('1.5.4-2', '1.5.4-9')}\n`);
  assert.deepEqual(told(house(text)), [
    'docs/spec/mqtt-5.md:2: MQTT5-1.5.4-1 has a row already',
    'docs/spec/mqtt-5.md:3: MQTT5-1.5.4-9 is no statement of MQTT5',
    'docs/spec/mqtt-5.md:3: MQTT5-1.5.4-9: v5/all.contract.ts does not cite it',
    'docs/spec/mqtt-5.md: MQTT5-1.5.4-2: no row',
  ]);
});

test('tidy: a row whose test does not cite it, is none or is not there is told [TDY-12]', () => {
  const proofs = {
    'MQTT5-1.5.4-1': '`v5/all.contract.ts`',
    'MQTT5-1.5.4-2': '`v5/gone.contract.ts`',
    'MQTT5-1.5.4-3': '`packages/mqtt/src/broker.ts`',
    'MQTT5-1.5.5-1': 'later',
    'MQTT5-1.5.7-1': 'n/a:',
    'MQTT5-2.1.3-1': 'client',
  };
  const files = { ...house(page('MQTT5', proofs), 'MQTT5-1.5.4-1'), 'packages/mqtt/src/broker.ts': '' };
  assert.deepEqual(told(files), [
    'docs/spec/mqtt-5.md:1: MQTT5-1.5.4-1: v5/all.contract.ts does not cite it',
    'docs/spec/mqtt-5.md:2: MQTT5-1.5.4-2: there is no test v5/gone.contract.ts',
    'docs/spec/mqtt-5.md:3: MQTT5-1.5.4-3: there is no test packages/mqtt/src/broker.ts',
    'docs/spec/mqtt-5.md:4: MQTT5-1.5.5-1: "later" names no test, and is neither `client` nor `n/a: why`',
    'docs/spec/mqtt-5.md:5: MQTT5-1.5.7-1: "n/a:" names no test, and is neither `client` nor `n/a: why`',
    `docs/spec/mqtt-5.md:6: MQTT5-2.1.3-1 is said to be a client’s, but ${suite} tests it`,
  ]);
});

test('tidy: a cited statement exists, and its list too [TDY-12]', () => {
  const files = {
    ...house(page('MQTT5')),
    'a.ts': '// [MQTT5-9.9.9-1] [MQTT-9.9.9-1]',
    'b.test.ts': '// [MQTT3-1.5.3-1]',
  };
  assert.deepEqual(told(files), [
    'b.test.ts: cites MQTT3, whose list docs/spec/mqtt-3.1.1.md is missing',
    'a.ts: MQTT5-9.9.9-1 is no statement of its standard',
  ]);
});
