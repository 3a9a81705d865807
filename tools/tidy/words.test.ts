import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from './planted.ts';

const product = 'packages/journal/src/adapters/disk/disk.ts';

const bans: readonly (readonly [string, string])[] = [
  ['const at = Date.now();', 'Date.now: write clock.wall()'],
  ['const at = new Date();', 'new Date(): write clock.wall()'],
  ['const at = performance.now();', 'performance.now: write clock.ticks()'],
  ['const at = process.hrtime.bigint();', 'process.hrtime: write clock.ticks()'],
  ['setTimeout(task, 5);', 'setTimeout: write clock.sleep or every'],
  ['const timer = setInterval(task, 5);', 'setInterval: write clock.sleep or every'],
  ['fetch(url, { signal: AbortSignal.timeout(5) });', 'AbortSignal.timeout: write clock.sleep'],
  ['setImmediate(task);', 'setImmediate: write clock.soon'],
  ['const dice = Math.random();', 'Math.random: write a lent Random'],
  ['const id = crypto.randomUUID();', 'randomUUID: write a lent Entropy'],
  ['const key = randomBytes(16);', 'randomBytes: write a lent Entropy'],
  ['const home = process.env.HOME;', 'process.env: write readConfig in main.ts'],
  ["console.log('x');", 'console.log(: write the lent Log'],
  ['export const enum Kind { A }', 'export const enum Kind: write a union of texts'],
  ['export namespace Kinds {}', 'export namespace Kinds: write a module'],
  [['test', "only('x', run);"].join('.'), 'test.only: write tests that all run'],
  ["test.skip('x', run);", 'test.skip: write a test that runs, or none'],
  ['run(); // TODO later', 'TODO: finish it, or file an issue'],
  ['// FIXME later', 'FIXME: finish it, or file an issue'],
];

for (const [text, why] of bans) {
  test(`tidy: \`${text}\` in product code is told what to write instead [TDY-4]`, () => {
    assert.deepEqual(told({ [product]: `\n${text}\n` }), [`${product}:2: ${why}`]);
  });
}

const fine: readonly (readonly [string, string])[] = [
  ['packages/kernel/src/adapters/system/index.ts', 'setTimeout(task, Date.now() * Math.random());'],
  ['edge/src/outage.world.test.ts', 'await new Promise((wake) => setTimeout(wake, 5));'],
  ['bench/src/main.ts', 'console.log(performance.now(), process.env.HOME);'],
  ['edge/src/main.ts', 'const config = readConfig(schema, process.env);'],
  [product, 'socket.setTimeout(5);\nconst later = new Date(clock.wall());'],
  [product, '/**\n * Not by Date.now(): it jumps.\n */\nconst at = clock.wall();'],
];

for (const [path, text] of fine) {
  test(`tidy: \`${text.split('\n')[0]}\` is right in ${path} [TDY-4]`, () => {
    assert.deepEqual(told({ [path]: text }), []);
  });
}

test('tidy: simulated tests have no real time either [TDY-4]', () => {
  assert.deepEqual(told({ 'edge/src/outage.test.ts': 'setTimeout(task, 5);' }), [
    'edge/src/outage.test.ts:1: setTimeout: write clock.sleep or every',
  ]);
});

test('tidy: no file is named after a drawer, and names are kebab-case [TDY-5]', () => {
  assert.deepEqual(
    told({
      'tools/utils.ts': '',
      'tools/common/x.ts': '',
      'tools/helpers.test.ts': '',
      'tools/readFile.ts': '',
      'tools/read-file.ts': '',
    }),
    [
      'tools/utils.ts: "utils.ts" says nothing: name it by its noun',
      'tools/common/x.ts: "common" says nothing: name it by its noun',
      'tools/helpers.test.ts: "helpers.test.ts" says nothing: name it by its noun',
      'tools/readFile.ts: a file name is kebab-case',
    ],
  );
});

test('tidy: a file of code has at most 400 lines [TDY-6]', () => {
  const lines = (count: number): string => 'x;\n'.repeat(count);
  assert.deepEqual(
    told({
      'tools/a.ts': lines(400),
      'tools/b.tsx': lines(401),
      'tools/c.mjs': lines(401),
      'tools/d.json': lines(401),
    }),
    [
      'tools/b.tsx: 401 lines, 400 are allowed: which two nouns is it?',
      'tools/c.mjs: 401 lines, 400 are allowed: which two nouns is it?',
    ],
  );
});
