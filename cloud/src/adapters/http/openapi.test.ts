import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Compile } from 'typebox/compile';
import { alert, device, node, type ScriptedApi, scriptedApi } from './api.fixture.ts';

let scripted: ScriptedApi;
test.before(async () => {
  scripted = await scriptedApi();
});
test.after(() => scripted.api.close());

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
const description = async () =>
  (await scripted.api.inject('/openapi.json')).json<{
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  }>();

test('openapi: it is 3.1 and holds every route of the contract with its problem [API-5]', async () => {
  const { openapi, paths } = await description();
  assert.equal(openapi, '3.1.0');
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(
    all.sort((a, b) => a.localeCompare(b)),
    [
      'DELETE /v1/session',
      'GET /healthz',
      'GET /metrics',
      'GET /v1/alerts',
      'GET /v1/alerts/{id}',
      'GET /v1/audit',
      'GET /v1/commands',
      'GET /v1/commands/{id}',
      'GET /v1/devices',
      'GET /v1/devices/{id}',
      'GET /v1/devices/{id}/metrics',
      'GET /v1/devices/{id}/readings',
      'GET /v1/devices/{id}/series',
      'GET /v1/devices/{id}/statistics',
      'GET /v1/devices/{id}/twin',
      'GET /v1/devices/{id}/twin/history',
      'GET /v1/feed',
      'GET /v1/nodes',
      'GET /v1/nodes/{id}',
      'GET /v1/nodes/{id}/configuration',
      'GET /v1/nodes/{id}/configuration/history',
      'GET /v1/nodes/{id}/configuration/versions/{version}',
      'GET /v1/nodes/{id}/time-corrections',
      'GET /v1/quarantine',
      'GET /v1/sagas',
      'GET /v1/sagas/{id}',
      'GET /v1/sagas/{id}/history',
      'GET /v1/session',
      'GET /v1/twin-conflicts',
      'PATCH /v1/devices/{id}/twin',
      'POST /v1/alerts/{id}/acknowledge',
      'POST /v1/alerts/{id}/clear',
      'POST /v1/devices/{id}/commands',
      'POST /v1/devices/{id}/twin/events/{event}/resolve',
      'POST /v1/devices/{id}/twin/events/{event}/undo',
      'POST /v1/enrolments',
      'POST /v1/sagas',
      'POST /v1/sagas/{id}/cancel',
      'POST /v1/session',
      'POST /v1/sign-ins',
      'PUT /v1/nodes/{id}/configuration',
    ].sort((a, b) => a.localeCompare(b)),
  );
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      assert.ok(operation.summary && operation.tags.length === 1, `${method} ${path} says what it is for`);
      assert.ok(operation.responses['default'], `${method} ${path} says how it fails`);
    }
  }
});

test('openapi: what the routes answer fits the schemas that they state [API-5]', async () => {
  const { paths } = await description();
  const device1 = `/v1/devices/${encodeURIComponent(device.id)}`;
  const order = await scripted.api.inject({
    method: 'POST',
    url: `${device1}/commands`,
    payload: { command: 'x' },
    headers: scripted.bearer,
  });
  const { id } = order.json<{ id: string }>();
  const asked: readonly [string, string, string, object?][] = [
    ['GET', '/healthz', '/healthz'],
    ['GET', '/v1/session', '/v1/session'],
    ['GET', '/v1/nodes', '/v1/nodes'],
    ['GET', '/v1/nodes/{id}', `/v1/nodes/${node.id}`],
    ['GET', '/v1/devices', '/v1/devices'],
    ['GET', '/v1/devices/{id}', device1],
    ['GET', '/v1/devices/{id}/readings', `${device1}/readings`],
    ['GET', '/v1/devices/{id}/metrics', `${device1}/metrics`],
    ['GET', '/v1/devices/{id}/series', `${device1}/series?metric=temperature`],
    ['GET', '/v1/devices/{id}/statistics', `${device1}/statistics`],
    ['POST', '/v1/devices/{id}/commands', `${device1}/commands`, { command: 'x' }],
    ['GET', '/v1/commands', '/v1/commands'],
    ['GET', '/v1/commands/{id}', `/v1/commands/${id}`],
    ['GET', '/v1/alerts', '/v1/alerts'],
    ['GET', '/v1/alerts/{id}', `/v1/alerts/${alert.id}`],
    ['POST', '/v1/alerts/{id}/acknowledge', `/v1/alerts/${alert.id}/acknowledge`],
    ['POST', '/v1/alerts/{id}/clear', `/v1/alerts/${alert.id}/clear`],
    ['GET', '/v1/quarantine', '/v1/quarantine'],
    ['GET', '/v1/audit', '/v1/audit'],
    ['POST', '/v1/enrolments', '/v1/enrolments', { node: 'n1' }],
    ['POST', '/v1/sign-ins', '/v1/sign-ins'],
    ['GET', '/v1/nodes/{id}', '/v1/nodes/unknown'],
  ];
  for (const [method, path, url, payload] of asked) {
    const headers = scripted.bearer;
    const answer = await scripted.api.inject({
      method: method as 'GET',
      url,
      headers,
      ...(payload ? { payload } : {}),
    });
    const { responses } = paths[path]![method.toLowerCase()]!;
    const content = (responses[answer.statusCode] ?? responses['default'])?.content;
    const schema = content && Object.values(content)[0]?.schema;
    assert.ok(schema, `${method} ${path} has a schema for ${answer.statusCode}`);
    const check = Compile(schema);
    const value = answer.json<unknown>();
    assert.ok(check.Check(value), `${method} ${url}: ${JSON.stringify(check.Errors(value))}`);
  }
});

test('feed: asked without an upgrade it says that it is a WebSocket [API-23]', async () => {
  const answer = await scripted.api.inject({ url: '/v1/feed', headers: scripted.bearer });
  assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [426, 'API_UPGRADE_NEEDED']);
});
