import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineFaults } from '@selvedge/kernel';
import fc from 'fast-check';
import type { Problem } from '../../faults.ts';
import { device, type ScriptedApi, scriptedApi } from './api.fixture.ts';

const seed = 20_260_307;
let scripted: ScriptedApi;
test.beforeEach(async () => {
  scripted = await scriptedApi();
});
test.afterEach(() => scripted.api.close());

const post = async (url: string, payload: string, type = 'application/json') => {
  const headers = { ...scripted.bearer, 'content-type': type };
  const answer = await scripted.api.inject({ method: 'POST', url, payload, headers });
  assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
  return { status: answer.statusCode, problem: answer.json<Problem>() };
};

const get = async (url: string) => {
  const answer = await scripted.api.inject({ url, headers: scripted.bearer });
  return { status: answer.statusCode, problem: answer.json<Problem>() };
};

const commands = `/v1/devices/${encodeURIComponent(device.id)}/commands`;

test('api: all mistakes of a body are listed, members that do not exist among them, and nothing happens [API-3]', async () => {
  const body = { arguments: { a: [1] }, reason: 7, expiresInSeconds: 0, comand: 'stop' };
  const { status, problem } = await post(commands, JSON.stringify(body));
  assert.deepEqual([status, problem.code, problem.type], [400, 'API_INVALID', 'urn:selvedge:fault:API_INVALID']);
  const mistakes = problem.mistakes?.join('\n') ?? '';
  for (const part of [
    /^command: must be given$/m,
    /^comand: there is no such member$/m,
    /^arguments\.a: /m,
    /^reason: /m,
    /^expiresInSeconds: /m,
  ])
    assert.match(mistakes, part);
  assert.deepEqual(scripted.told, []);
});

test('api: numbers in a body are not guessed from text, numbers in a query are read [API-3]', async () => {
  assert.equal((await post(commands, JSON.stringify({ command: 'x', expiresInSeconds: '5' }))).status, 400);
  const { problem } = await get('/v1/devices?limit=x&limt=5&type=');
  assert.deepEqual(
    problem.mistakes?.map((line) => line.split(':')[0]).sort((a, b) => a!.localeCompare(b!)),
    ['limit', 'limt', 'type'],
  );
  for (const url of ['/v1/devices?limit=0', '/v1/devices?limit=1001', '/v1/alerts?state=open', '/v1/devices?limit=1.5'])
    assert.equal((await get(url)).status, 400, url);
});

test('api: a range that ends before it begins is refused, and a series needs its metric [API-3]', async () => {
  const id = encodeURIComponent(device.id);
  const range = await get(`/v1/devices/${id}/readings?from=20&to=10`);
  assert.deepEqual([range.status, range.problem.mistakes], [400, ['from: 20 does not lie before 10']]);
  assert.deepEqual((await get(`/v1/devices/${id}/series`)).problem.mistakes, ['metric: must be given']);
});

test('api: too large, of another type, and no JSON are told apart [API-4]', async () => {
  const large = await post(commands, JSON.stringify({ command: 'x'.repeat(20_000) }));
  assert.deepEqual([large.status, large.problem.code], [413, 'API_TOO_LARGE']);
  const text = await post(commands, 'command=x', 'text/plain');
  assert.deepEqual([text.status, text.problem.code], [415, 'API_MEDIA_UNKNOWN']);
  for (const body of ['{', '{"command":"x","__proto__":{"a":1}}', '[]', '"x"', '']) {
    const { status, problem } = await post(commands, body);
    assert.deepEqual([status, problem.code], [400, 'API_INVALID'], body);
  }
});

test('api: an announced but empty body is no mistake where none is needed [API-4]', async () => {
  const headers = { ...scripted.bearer, 'content-type': 'application/json' };
  const answer = await scripted.api.inject({
    method: 'POST',
    url: '/v1/alerts/0123456789ab-4-hot/acknowledge',
    headers,
  });
  assert.equal(answer.statusCode, 200);
});

test('api: what nobody foresaw is a 500 that tells nothing, and one line in the log [API-2]', async () => {
  scripted.store.registry.nodes = () => Promise.reject(new TypeError('password=hunter2'));
  const { status, problem } = await get('/v1/nodes');
  assert.deepEqual([status, problem.code], [500, 'API_BROKEN']);
  assert.ok(!JSON.stringify(problem).includes('hunter2'));
  const lines = scripted.lines.filter((line) => line.event === 'api.request_failed');
  assert.deepEqual(
    lines.map((line) => line.fields['route']),
    ['/v1/nodes'],
  );
});

test('api: a fault of the store that can pass is a 503 with its own code and hint [API-2]', async () => {
  const faults = defineFaults({ STORE_FULL: { retry: 'later', hint: 'Free some disk.' } });
  scripted.store.registry.nodes = () => Promise.reject(faults('STORE_FULL', 'no space left'));
  const { status, problem } = await get('/v1/nodes');
  assert.deepEqual(
    [status, problem.code, problem.detail, problem.hint],
    [503, 'STORE_FULL', 'no space left', 'Free some disk.'],
  );
});

test(`api: any body at all is answered with a problem or a command, never with a failure of ours [API-3] seed ${seed}`, async () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ command: fc.anything(), arguments: fc.anything() }).map((one) => JSON.stringify(one)),
  );
  await fc.assert(
    fc.asyncProperty(body, async (payload) => {
      const headers = { ...scripted.bearer, 'content-type': 'application/json' };
      const answer = await scripted.api.inject({ method: 'POST', url: commands, payload, headers });
      assert.ok([202, 400, 413].includes(answer.statusCode), `${answer.statusCode} ${payload}`);
    }),
    { seed, numRuns: 200 },
  );
});
