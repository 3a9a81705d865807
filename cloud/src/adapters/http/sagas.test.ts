import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ScriptedApi, scriptedApi } from './api.fixture.ts';

let scripted: ScriptedApi;
test.before(async () => {
  scripted = await scriptedApi();
});
test.after(() => scripted.api.close());

const ask = async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object, headers = {}) =>
  scripted.api.inject({ method, url, headers: { ...scripted.bearer, ...headers }, ...(payload ? { payload } : {}) });

test('api: a configuration is read with its version, and replaced by whoever names it [CFG-2] [CFG-19]', async () => {
  const path = '/v1/nodes/n1/configuration';
  const read = await ask('GET', path);
  assert.deepEqual([read.statusCode, read.headers.etag, read.json().latest.phase], [200, '"3"', 'proposed']);
  const settings = { window: { period: '5s' } };
  const done = await ask('PUT', path, settings, { 'if-match': read.headers.etag });
  assert.equal(done.statusCode, 202, done.body);
  assert.deepEqual(scripted.told.slice(-2), [
    ['propose', 'n1', { settings, expected: 3, by: 'operator:ada' }],
    ['configure', 'n1'],
  ]);
  for (const [header, status, code] of [
    ['"2"', 412, 'CONFIGURATION_CHANGED'],
    ['*', 428, 'CONFIGURATION_UNREAD'],
    [undefined, 428, 'CONFIGURATION_UNREAD'],
  ] as const) {
    const refused = await ask('PUT', path, settings, header === undefined ? {} : { 'if-match': header });
    assert.deepEqual([refused.statusCode, refused.json().code], [status, code]);
  }
  const unknown = await ask('GET', '/v1/nodes/n9/configuration');
  assert.deepEqual([unknown.statusCode, unknown.json().code], [404, 'NODE_UNKNOWN']);
});

test('api: settings that are the machine’s alone are refused by name, all at once [CFG-1]', async () => {
  const settings = { data: '/', link: { token: 'hunter2' }, bridgePasswords: {} };
  const refused = await ask('PUT', '/v1/nodes/n1/configuration', settings, { 'if-match': '"3"' });
  assert.equal(refused.statusCode, 400);
  assert.equal(refused.json().mistakes.length, 3);
  assert.ok(!refused.body.includes('hunter2'));
});

test('api: versions are listed, and each can be read [CFG-3] [CFG-19]', async () => {
  const history = await ask('GET', '/v1/nodes/n1/configuration/history?limit=5&before=9');
  assert.equal(history.json().versions[0].version, 3);
  assert.equal((await ask('GET', '/v1/nodes/n1/configuration/versions/3')).json().digest.length, 16);
  const unknown = await ask('GET', '/v1/nodes/n1/configuration/versions/4');
  assert.deepEqual([unknown.statusCode, unknown.json().code], [404, 'CONFIGURATION_UNKNOWN']);
});

test('api: sagas are begun, listed, read and cancelled [CFG-19] [CFG-34]', async () => {
  const steps = [
    { do: { kind: 'command', device: 'd', command: 'flush' }, undo: { kind: 'command', device: 'd', command: 'fill' } },
    { name: 'tag', do: { kind: 'twin', device: 'd', tags: { hall: 'B' } } },
  ];
  const begun = await ask('POST', '/v1/sagas', { id: 's7', name: 'x', steps, withinSeconds: 60 });
  assert.equal(begun.statusCode, 202, begun.body);
  assert.equal(begun.headers.location, '/v1/sagas/s7');
  const { steps: made, retriesMax, within } = begun.json();
  assert.deepEqual(
    [made[0].name, made[0].do.expiresInSeconds, made[1].do.sections],
    ['1 command', 60, { tags: { hall: 'B' } }],
  );
  assert.deepEqual([retriesMax, within], [2, 60_000]);
  const full = await ask('POST', '/v1/sagas', { id: 'full', name: 'x', steps });
  assert.deepEqual([full.statusCode, full.json().code], [503, 'SAGAS_FULL']);
  assert.equal((await ask('GET', '/v1/sagas?status=running')).json().sagas.length, 1);
  assert.equal((await ask('GET', '/v1/sagas/s1')).json().name, 'move the limit');
  assert.equal((await ask('GET', '/v1/sagas/s1/history')).json().events.length, 1);
  assert.equal((await ask('POST', '/v1/sagas/s1/cancel')).json().direction, 'back');
  for (const [method, url] of [
    ['GET', '/v1/sagas/s9'],
    ['POST', '/v1/sagas/s9/cancel'],
  ] as const)
    assert.equal((await ask(method, url)).json().code, 'SAGA_UNKNOWN');
});

test('api: a plan that cannot be meant tells its mistakes [CFG-35]', async () => {
  const wrong = {
    name: 'x',
    steps: [{ do: { kind: 'restore' } }, { do: { kind: 'twin', device: 'd' }, undo: { kind: 'restore' } }],
  };
  const refused = await ask('POST', '/v1/sagas', wrong);
  assert.deepEqual([refused.statusCode, refused.json().mistakes.length], [400, 2]);
  assert.equal((await ask('POST', '/v1/sagas', { name: 'x', steps: [] })).statusCode, 400);
});
