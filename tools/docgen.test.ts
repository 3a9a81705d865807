import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { complaintsAbout } from './docgen/complaints.ts';
import { type CodeTables, readTables } from './docgen/read-tables.ts';
import { differences, type Pages, pagesOf, writePages } from './docgen.ts';

interface Scratch extends Disposable {
  readonly dir: string;
}

function plant(files: Readonly<Record<string, string>>): Scratch {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-docgen-'));
  for (const [path, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

const field =
  "{ doc: 'Folder that keeps all.', kind: 'text', fallback: '/var', secret: false, read() {}, show: String }";

const house = {
  'edge/src/faults.ts':
    "export const edgeFaults = Object.assign(() => 0, { table: { EDGE_FULL: { retry: 'later', hint: 'Free a|b.' } } });",
  'edge/src/metrics.ts':
    "export const rows = { a: { name: 'edge_a_total', type: 'counter', help: 'All a.', labels: ['door'] } };\nexport const build = () => rows;",
  'edge/src/config.ts': `export const schema = { dir: ${field}, link: { dirMax: ${field} } };\nexport const noSchema = { dir: '/var' };`,
  'packages/mqtt/src/faults.ts':
    "export const mqttFaults = Object.assign(() => 0, { table: { MQTT_LOST: { retry: 'never', hint: 'Look.' } } });",
  'packages/mqtt/src/config.ts': `export const limits = { dir: ${field} };`,
  'cli/src/verbs/index.ts': "export const verbs = [{ path: ['device', 'list'] }];",
  'cli/src/verbs/config.ts': "throw new Error('a verb of that name is no schema');",
  'cli/src/help.ts': "export const verbHelp = (verb) => 'Usage: selvedge ' + verb.path.join(' ');",
};

test('docgen: every fault, metric, setting and verb of the code is found and has its page [DOC-1]', async () => {
  using planted = plant(house);
  const pages = pagesOf(await readTables(planted.dir));
  assert.deepEqual([...pages.keys()], ['faults.md', 'metrics.md', 'config-edge.md', 'config-mqtt.md', 'cli.md']);
  assert.match(pages.get('faults.md')!, /## edge\n\n.*\n.*\n\| `EDGE_FULL` \| later \| Free a\\\|b\. \|\n\n## mqtt\n/);
  assert.match(pages.get('metrics.md')!, /\| `edge_a_total` \| counter \| `door` \| All a\. \|/);
  assert.match(
    pages.get('config-edge.md')!,
    /## `link\.dirMax`\n\nFolder that keeps all\.\n\n- Kind: text\n- Environment: `SELVEDGE_EDGE_LINK_DIR_MAX`\n- Default: `\/var`\n/,
  );
  assert.doesNotMatch(pages.get('config-mqtt.md')!, /Environment/);
  assert.match(pages.get('cli.md')!, /## selvedge device list\n\n```text\nUsage: selvedge device list\n```/);
});

test('docgen: a part that cannot be loaded is named [DOC-2]', async () => {
  using planted = plant({ 'edge/src/faults.ts': "import './nowhere.ts';" });
  await assert.rejects(readTables(planted.dir), /edge\/src\/faults\.ts cannot be loaded: .*nowhere\.ts/);
});

test('docgen: what differs from the code is told by page, and written away [DOC-3]', () => {
  using planted = plant({ 'reference/same.md': 'a', 'reference/changed.md': 'a', 'reference/stale.md': 'a' });
  const dir = join(planted.dir, 'reference');
  const pages: Pages = new Map([
    ['same.md', 'a'],
    ['changed.md', 'b'],
    ['new.md', 'b'],
  ]);
  assert.deepEqual(differences(pages, dir), ['changed.md', 'new.md', 'stale.md']);
  writePages(pages, dir);
  assert.deepEqual(differences(pages, dir), []);
  assert.deepEqual(new Set(readdirSync(dir)), new Set(pages.keys()));
});

test('docgen: names given twice or against the pattern are told [DOC-4]', () => {
  const row = { retry: 'never', hint: 'Look.' } as const;
  const metric = { help: 'All.', labels: [] };
  const tables: CodeTables = {
    faults: [
      { part: 'edge', table: { PORT_TAKEN: row, lower: row } },
      { part: 'cloud', table: { PORT_TAKEN: row } },
    ],
    metrics: [
      {
        part: 'edge',
        table: {
          a: { ...metric, name: 'edge_a_total', type: 'gauge' },
          b: { ...metric, name: 'edge_b', type: 'counter' },
          c: { ...metric, name: 'cloud_c', type: 'gauge' },
        },
      },
    ],
    configs: [],
    commandLine: undefined,
  };
  assert.deepEqual(complaintsAbout(tables), [
    'fault PORT_TAKEN: declared in edge and in cloud',
    'fault lower: write PART_WHAT',
    'metric cloud_c: begin it with edge_',
    'metric edge_a_total: a counter ends with _total, and nothing else; this is a gauge',
    'metric edge_b: a counter ends with _total, and nothing else; this is a counter',
  ]);
});
