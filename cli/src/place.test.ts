import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { scriptedCloud } from '../test/scripted-cloud.ts';
import { type } from '../test/typed.ts';
import { deviceView } from '../test/views.ts';
import { writeRunning } from './adapters/disk/running.ts';
import { serveControl } from './adapters/socket/control.ts';
import { loopbackPort } from './place.ts';
import { portsFrom } from './port-table.ts';
import { verbs } from './verbs/index.ts';

/** A checkout with two data folders, `data` and `other`, each with an operator's token of its name. */
async function checkout() {
  const root = await mkdtemp(join(tmpdir(), 'selvedge-place-'));
  for (const name of ['data', 'other']) {
    await mkdir(join(root, name, 'cloud'), { recursive: true });
    await writeFile(join(root, name, 'cloud', 'operator.token'), name);
  }
  const [data, other] = [join(root, 'data'), join(root, 'other')];
  return {
    root,
    data,
    other,
    running: (port: number, { pid = process.pid } = {}) =>
      writeRunning(root, port, { data: other, pid, socket: join(other, 'run', 'up.sock') }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}

test('cli: every verb takes --port-base [CLI-33]', async () => {
  for (const verb of verbs)
    assert.match((await type([...verb.path, '--help'])).out, /--port-base/, verb.path.join(' '));
  assert.equal((await type('version --port-base 22000')).code, 0);
  const shown = (await type('config cloud --shown --json --port-base 22000')).json();
  assert.equal((shown as { settings: Record<string, unknown> }).settings['link.port'], '22443');
});

test('cli: the port of a running `up` is enough to find its token; --data wins, also SELVEDGE_DATA over the default port [CLI-33]', async () => {
  await using place = await checkout();
  await using cloud = await scriptedCloud({ 'GET /v1/devices/x': () => ({ body: deviceView }) });
  await place.running(cloud.port);
  const { root } = place;
  const from = async (line: string, env: Record<string, string> = {}) => {
    const { code, err } = await type(`device show x ${line}`, { root, env });
    assert.equal(code, 0, err);
    return cloud.asked.at(-1)!.authorization;
  };
  const at = `--cloud ${cloud.url}`;
  assert.equal(await from(at), 'Bearer other');
  assert.equal(await from(at, { SELVEDGE_DATA: place.data }), 'Bearer other');
  assert.equal(await from(`${at} --data ${place.data}`), 'Bearer data');
  assert.equal(await from('', { SELVEDGE_CLOUD_URL: cloud.url }), 'Bearer other');
  assert.equal(await from('', { SELVEDGE_CLOUD_URL: cloud.url, SELVEDGE_DATA: place.data }), 'Bearer data');
  if (cloud.port <= 64_000) assert.equal(await from(`--port-base ${cloud.port}`), 'Bearer other');
});

test('cli: an entry whose `up` is gone is not used, and the failure says that it ended [CLI-34]', async () => {
  await using place = await checkout();
  // No system gives a process such a number.
  await place.running(1, { pid: 2 ** 30 });
  for (const line of ['device list --port-base 1', 'stop all --port-base 1', 'audit --cloud http://localhost:1']) {
    const { code, err } = await type(line, { root: place.root, env: {} });
    assert.equal(code, 3, line);
    assert.match(err, /; the `selvedge up` of port 1 on \/.*other has ended \(pid \d+\)\nTry: [^\n]+\n$/);
  }
});

test('start and stop: the port finds the `up`; one in the default folder that has another port is not meant [CLI-25, CLI-33]', async () => {
  await using place = await checkout();
  const { root } = place;
  const asked: string[] = [];
  const serve = (data: string, base: number | undefined) =>
    serveControl(data, async (request) => {
      if (request.ask === 'status') return { ports: portsFrom(base) };
      asked.push(`${base ?? 8_000} ${request.ask} ${request.name}`);
      return { phase: 'off', changed: true };
    });
  const controls = [await serve(place.other, 22_000), await serve(place.data, undefined)];
  const remove = await place.running(22_000);
  try {
    assert.match((await type('stop cloud --port-base 22000', { root, env: {} })).out, /cloud is stopped/);
    assert.equal((await type('start edge', { root, env: {} })).code, 0);
    assert.equal((await type(`stop demo --data ${place.other}`, { root, env: {} })).code, 0);
    await remove();
    const gone = await type('stop all --port-base 22000', { root, env: {} });
    assert.equal(gone.code, 3);
    assert.match(gone.err, /no `selvedge up` has port 22000; that of .*data has 8000/);
    assert.deepEqual(asked, ['22000 stop cloud', '8000 start edge', '22000 stop demo']);
  } finally {
    for (const control of controls) await control.close();
  }
});

test('cli: only an address of this machine is looked up among what runs here [CLI-33]', () => {
  assert.equal(loopbackPort('http://127.0.0.1:22000/'), 22_000);
  assert.equal(loopbackPort('https://localhost'), 443);
  assert.equal(loopbackPort('http://[::1]:8000'), 8_000);
  for (const url of ['http://cloud.example:8000', 'http://127.0.0.1.example:8000', 'no address'])
    assert.equal(loopbackPort(url), undefined, url);
});
