import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from './planted.ts';

const spec = '# Journal\n\n- [JRN-1] It keeps what it acknowledged.\n- [JRN-2] It forgets the rest.\n';

test('tidy: a clause that a test cites, in its name or a comment, is well [TDY-7]', () => {
  const tests = "test('journal: keeps [JRN-1]', run);\n// [JRN-1, JRN-2]\n";
  assert.deepEqual(told({ 'docs/spec/journal.md': spec, 'packages/journal/src/journal.test.ts': tests }), []);
});

test('tidy: a clause that no test cites is told; product code citing it is not enough [TDY-7]', () => {
  const files = {
    'packages/journal/src/journal.contract.ts': '// [JRN-1]',
    'packages/journal/src/journal.ts': '// [JRN-2]',
  };
  assert.deepEqual(told({ 'docs/spec/journal.md': spec, ...files }), [
    'docs/spec/journal.md:4: JRN-2 is cited by no test',
  ]);
});

test('tidy: a clause is stated once [TDY-7]', () => {
  const files = {
    'docs/spec/journal.md': spec,
    'docs/spec/other.md': '- [JRN-2] Again.\n',
    'a.test.ts': '// [JRN-1, JRN-2]',
  };
  assert.deepEqual(told(files), ['docs/spec/other.md:1: JRN-2 is stated already in docs/spec/journal.md:4']);
});

test('tidy: a cited clause of ours stands in docs/spec; those of others are theirs [TDY-7]', () => {
  assert.deepEqual(told({ 'a.test.ts': '// [JRN-9]\n// [MQTT-4.3.2-2] [RFC-1] [0-9]\n' }), [
    'a.test.ts:1: JRN-9 stands nowhere in docs/spec',
  ]);
});

test('tidy: every fault code and metric stands in the generated reference [TDY-8]', () => {
  const files = {
    'edge/src/faults.ts':
      "export const edgeFaults = defineFaults({\n  EDGE_FULL: { retry: 'later' },\n  EDGE_LOST: {\n",
    'edge/src/metrics.ts':
      "export const edgeMetrics = {\n  a: { name: 'edge_a_total' },\n  b: { name: 'edge_b_total' },\n",
    'docs/reference/faults.md': '| `EDGE_FULL` |',
    'docs/reference/metrics.md': '| `edge_b_total` |',
  };
  assert.deepEqual(told(files), [
    'edge/src/faults.ts:3: EDGE_LOST missing in docs/reference/faults.md: run npm run docs',
    'edge/src/metrics.ts:2: edge_a_total missing in docs/reference/metrics.md: run npm run docs',
  ]);
});

test('tidy: a table of faults stands in a file called faults.ts [TDY-8]', () => {
  assert.deepEqual(told({ 'packages/mqtt/src/broker.ts': 'const brokerFaults = defineFaults({});' }), [
    'packages/mqtt/src/broker.ts:1: this table belongs into a file called faults.ts',
  ]);
});

test('tidy: no path of one machine is written down [TDY-9]', () => {
  const files = {
    'README.md': ['See /work', '/main/README.md.\n/var/lib/edge and https://x.io/work/y are fine.\n'].join(''),
    'a.ts': "const home = '/home/ann/x';\n",
  };
  assert.deepEqual(told(files), [
    'README.md:1: /work/m… is a path of one machine',
    'a.ts:1: /home/ann/… is a path of one machine',
  ]);
});

test('tidy: the lock file names no registry and misses nothing that it asks for [TDY-10]', () => {
  const packages = {
    '': { dependencies: { a: '1' } },
    edge: { dependencies: { b: '1', c: '1' } },
    'node_modules/@selvedge/edge': { link: true, resolved: 'edge' },
    'node_modules/a': { resolved: 'https://registry.example/a.tgz', optionalDependencies: { gone: '1' } },
    'node_modules/b': {},
    'edge/node_modules/c': { dependencies: { b: '1' } },
  };
  assert.deepEqual(told({ 'package-lock.json': JSON.stringify({ packages }) }), [
    'package-lock.json: node_modules/a names a registry: https://registry.example/a.tgz',
    'package-lock.json: gone, which node_modules/a asks for, is not locked; npm ci refuses that',
  ]);
});

test('tidy: every link in a page to a file of the repository leads somewhere [TDY-11]', () => {
  const page = [
    '[a](guide/words.md#reading) [b](../README.md) [c](guide/) [d](https://x.io) [e](#top) ![f](/docs/picture.png)',
    '`[g](nowhere.md)`',
    '```',
    '[h](nowhere.md)',
    '```',
    '[i](nowhere.md) [j](guide/gone.md "title")',
  ].join('\n');
  const files = { 'docs/index.md': page, 'docs/guide/words.md': '', 'docs/picture.png': '', 'README.md': '[k](docs)' };
  assert.deepEqual(told(files), [
    'docs/index.md:6: the link to nowhere.md leads nowhere',
    'docs/index.md:6: the link to guide/gone.md leads nowhere',
  ]);
});
