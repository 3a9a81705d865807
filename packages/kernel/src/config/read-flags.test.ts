import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFlags } from './read-flags.ts';

test('config: flags are read as --name value, --name=value, and --name alone for true [KER-29]', () => {
  const argv = ['--journal.sizeMax', '1GiB', '--link.url=wss://x/?a=b', '--quiet', '--offset', '-5', '--last'];
  assert.deepEqual(readFlags(argv), {
    ok: true,
    value: { 'journal.sizeMax': '1GiB', 'link.url': 'wss://x/?a=b', quiet: 'true', offset: '-5', last: 'true' },
  });
});

test('config: of a flag given twice the last counts, and a value may be empty [KER-29]', () => {
  assert.deepEqual(readFlags(['--data', 'a', '--data=']), { ok: true, value: { data: '' } });
});

for (const word of ['data', '-d', '--', '--5', '--a-b', '']) {
  test(`config: "${word}" is no flag, and is told [KER-29]`, () => {
    const result = readFlags(['--data', 'x', word]);
    assert.deepEqual(result, { ok: false, why: `"${word}" is not a setting; settings are given as --name value` });
  });
}
