import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { problem, scriptedCloud } from '../test/scripted-cloud.ts';
import { type } from '../test/typed.ts';
import { auditView, deviceView } from '../test/views.ts';
import { optionsOf } from './arguments.ts';
import { verbs } from './verbs/index.ts';

const isTwoLines = (text: string): boolean => /^Error: [^\n]+\nTry: [^\n]+\n$/.test(text);

for (const verb of verbs) {
  test(`cli: \`${verb.path.join(' ')} --help\` tells its arguments, options and an example [CLI-1]`, async () => {
    const { code, out, err } = await type([...verb.path, '--help']);
    assert.equal(code, 0);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^${verb.summary.slice(0, 20).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
    for (const { name } of verb.arguments) assert.match(out, new RegExp(`\\b${name}\\b`));
    for (const name of Object.keys(optionsOf(verb))) assert.ok(out.includes(`--${name}`), name);
    assert.ok(verb.examples.length > 0 && verb.examples.every((one) => out.includes(one)));
    const widest = Math.max(...out.split('\n').map((line) => line.length));
    assert.ok(widest <= 120, `a line has ${widest} characters`);
  });
}

test('cli: without a verb it lists them all, and what the exit codes mean [CLI-1]', async () => {
  const { code, out } = await type('');
  assert.equal(code, 0);
  for (const verb of verbs) assert.ok(out.includes(`  ${verb.path.join(' ')} `), verb.path.join(' '));
  assert.match(out, /0 done, 1 failed, 2 misused, 3 unreachable, 4 refused/);
  assert.equal((await type('--help')).out, out);
  const group = await type('alert');
  assert.equal(group.code, 2);
  assert.match(group.out, /alert acknowledge/);
  assert.doesNotMatch(group.out, /device list/);
});

const misused = [
  'dance',
  'device dance',
  'device show',
  'device show a b',
  'device list --colour red',
  'device list --limit many',
  'device list --limit 0',
  'device list --port-base x',
  'version --port-base x',
  'edge --port-base',
  'device list --json=1',
  'device list --token --json',
  'alert list --state open',
  'send pump-7 throttle --argument percent',
  'send pump-7 throttle --expires-in 60',
  'tail --kind smell',
  'tail --count -1',
  'config moon',
  'config edge --config x.json',
  'stop moon',
  'device simulate --kinds moon',
  'device simulate --rate fast',
  'up --console --no-console',
  'fault NO_SUCH_THING',
];

for (const line of misused) {
  test(`cli: \`selvedge ${line}\` is misuse: exit code 2, two lines on stderr, nothing on stdout [CLI-2, CLI-3]`, async () => {
    const { code, out, err } = await type(line);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.ok(isTwoLines(err), err);
  });
}

test('cli: a cloud that is not there is exit code 3 [CLI-2, CLI-3]', async () => {
  const gone = await scriptedCloud({});
  await gone[Symbol.asyncDispose]();
  for (const verb of ['device list', 'audit', 'send pump-7 stop', 'tail', 'console']) {
    const { code, out, err } = await type(`${verb} --cloud ${gone.url}`);
    assert.equal(code, 3, verb);
    assert.equal(out, '');
    assert.ok(isTwoLines(err) && err.includes('ECONNREFUSED') && err.includes(gone.url), err);
  }
});

test('cli: what the cloud refuses is exit code 4 with its own words, what is not there 1, what broke 1 [CLI-2, CLI-3]', async () => {
  for (const [status, expected] of [
    [400, 2],
    [401, 4],
    [403, 4],
    [404, 1],
    [409, 4],
    [500, 1],
  ] as const) {
    await using cloud = await scriptedCloud({
      'GET /v1/devices/x': () => problem(status, 'SOME_CODE', 'what happened'),
    });
    const { code, err } = await type(`device show x --cloud ${cloud.url}`);
    assert.equal(code, expected, String(status));
    assert.equal(err, 'Error: what happened\nTry: what the cloud advises\n');
  }
  await using odd = await scriptedCloud({ 'GET /v1/devices/x': () => ({ body: '<html>' }) });
  assert.match((await type(`device show x --cloud ${odd.url}`)).err, /not JSON/);
});

test('cli: it finds the cloud by --cloud, --port-base, environment, in this order [CLI-4]', async () => {
  await using cloud = await scriptedCloud({ 'GET /v1/audit': () => ({ body: auditView }) });
  const base = cloud.port;
  const nowhere = 'http://127.0.0.1:1';
  const env = { SELVEDGE_TOKEN: 't', SELVEDGE_CLOUD_URL: nowhere };
  assert.equal((await type(`audit --cloud ${cloud.url}/ --port-base 2`, { env })).code, 0);
  assert.equal((await type(`audit --port-base ${base}`, { env })).code, base <= 64_000 ? 0 : 2);
  assert.equal((await type('audit', { env: { ...env, SELVEDGE_CLOUD_URL: cloud.url } })).code, 0);
  assert.equal((await type('audit', { env })).code, 3);
});

test('cli: it asks as --token, SELVEDGE_TOKEN or the operator of the data folder, in this order [CLI-4]', async () => {
  await using cloud = await scriptedCloud({ 'GET /v1/devices/x': () => ({ body: deviceView }) });
  const data = await mkdtemp(join(tmpdir(), 'selvedge-cli-'));
  await mkdir(join(data, 'cloud'));
  await writeFile(join(data, 'cloud', 'operator.token'), 'from-file\n');
  const line = `device show x --cloud ${cloud.url} --data ${data}`;
  await type(`${line} --token given`);
  await type(`${line} --token -dash --json`);
  await type(line);
  await type(line, { env: {} });
  assert.deepEqual(
    cloud.asked.map(({ authorization }) => authorization),
    ['Bearer given', 'Bearer -dash', 'Bearer t0ken', 'Bearer from-file'],
  );
  const none = await type(`device show x --cloud ${cloud.url} --data /nowhere`, { env: {} });
  assert.equal(none.code, 4);
  assert.match(none.err, /operator\.token/);
  await rm(data, { recursive: true });
});
