import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEnrolmentToken } from '@selvedge/trust';
import type { InjectOptions } from 'fastify';
import { testTime } from '../../manual-clock.fixture.ts';
import { alert, device, node, type ScriptedApi, scriptedApi } from './api.fixture.ts';

let scripted: ScriptedApi;
test.beforeEach(async () => {
  scripted = await scriptedApi();
});
test.afterEach(() => scripted.api.close());

const ask = async (method: InjectOptions['method'] & string, url: string, payload?: object) => {
  const given = payload === undefined ? {} : { payload };
  const { api, bearer } = scripted;
  const answer = await api.inject({ method: method as 'GET', url, headers: bearer, ...given });
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown>, headers: answer.headers };
};

const idOf = encodeURIComponent(device.id);

test('api: nodes and devices are given as the store has them [API-10]', async () => {
  assert.deepEqual((await ask('GET', '/v1/nodes')).body, { nodes: [node] });
  assert.deepEqual((await ask('GET', '/v1/nodes/n1')).body, node);
  assert.deepEqual((await ask('GET', `/v1/devices/${idOf}`)).body, device);
  const { body } = await ask('GET', '/v1/devices?text=pump&type=machine&node=n1&after=a&limit=5');
  assert.deepEqual(body, { devices: [device], total: 1 });
  assert.deepEqual(scripted.told.at(-1), [
    'devices',
    { text: 'pump', type: 'machine', node: 'n1', after: 'a', limit: 5 },
  ]);
  await ask('GET', '/v1/devices');
  assert.deepEqual(scripted.told.at(-1), ['devices', { limit: 100 }]);
});

test('api: a device id of 128 characters that must all be escaped is found [API-10]', async () => {
  const { status, body } = await ask('GET', `/v1/devices/${encodeURIComponent('ä'.repeat(128))}`);
  assert.deepEqual([status, body['code']], [404, 'DEVICE_UNKNOWN']);
});

test('api: an unknown id gets 404 with the code of its kind [API-10]', async () => {
  const unknown: readonly [string, string, string][] = [
    ['GET', '/v1/nodes/n9', 'NODE_UNKNOWN'],
    ['GET', '/v1/devices/x', 'DEVICE_UNKNOWN'],
    ['GET', '/v1/devices/x/readings', 'DEVICE_UNKNOWN'],
    ['GET', '/v1/devices/x/metrics', 'DEVICE_UNKNOWN'],
    ['GET', '/v1/devices/x/series?metric=t', 'DEVICE_UNKNOWN'],
    ['GET', '/v1/devices/x/statistics', 'DEVICE_UNKNOWN'],
    ['GET', '/v1/commands/x', 'COMMAND_UNKNOWN'],
    ['GET', '/v1/alerts/x', 'ALERT_UNKNOWN'],
    ['POST', '/v1/alerts/x/acknowledge', 'ALERT_UNKNOWN'],
    ['POST', '/v1/alerts/x/clear', 'ALERT_UNKNOWN'],
    ['GET', '/v1/nothing', 'API_NOT_FOUND'],
    ['PUT', '/v1/nodes', 'API_NOT_FOUND'],
  ];
  for (const [method, url, code] of unknown) {
    const { status, body } = await ask(method, url);
    assert.deepEqual([status, body['code']], [404, code], `${method} ${url}`);
  }
  const { body } = await ask('POST', '/v1/devices/x/commands', { command: 'stop' });
  assert.equal(body['code'], 'DEVICE_UNKNOWN');
});

test('api: readings with their marks, series, metrics and statistics of a range, the last hour by default [API-10] [ROU-27]', async () => {
  const { body } = await ask('GET', `/v1/devices/${idOf}/readings?from=10&to=20&limit=3`);
  assert.deepEqual(scripted.told.at(-1), ['readings', device.id, { from: 10, to: 20, limit: 3 }]);
  const [reading] = body['readings'] as { seq: number; marks: readonly string[] }[];
  assert.deepEqual([reading?.seq, reading?.marks], [2, ['analyse']]);
  await ask('GET', `/v1/devices/${idOf}/readings`);
  const hourBefore = testTime + 1 - 3_600_000;
  assert.deepEqual(scripted.told.at(-1), ['readings', device.id, { from: hourBefore, to: testTime + 1, limit: 1_000 }]);
  const series = await ask('GET', `/v1/devices/${idOf}/series?metric=temperature&from=0&to=9&points=7`);
  assert.deepEqual(scripted.told.at(-1), ['series', device.id, 'temperature', { from: 0, to: 9, points: 7 }]);
  assert.equal(series.body['metric'], 'temperature');
  assert.deepEqual((await ask('GET', `/v1/devices/${idOf}/metrics`)).body, { metrics: ['temperature'] });
  assert.equal(((await ask('GET', `/v1/devices/${idOf}/statistics?limit=5`)).body['statistics'] as []).length, 1);
});

test('api: a command is kept, then sent, then answered, and can be looked up [API-11]', async () => {
  const order = {
    command: 'shutdown',
    arguments: { force: true, after: 5, why: 'hot' },
    reason: 'too hot',
    expiresInSeconds: 30,
  };
  const { status, body, headers } = await ask('POST', `/v1/devices/${idOf}/commands`, order);
  assert.equal(status, 202);
  const { id } = body as { id: string };
  assert.match(id, /^[0-9a-f]{24}$/);
  assert.equal(headers['location'], `/v1/commands/${id}`);
  assert.deepEqual(scripted.told, [
    ['issue', id],
    ['send', 'n1'],
  ]);
  const { name, issuedAt, expiresAt, origin, state } = body;
  assert.deepEqual(
    [name, issuedAt, expiresAt, origin, state],
    ['shutdown', testTime, testTime + 30_000, 'operator', 'queued'],
  );
  assert.deepEqual((await ask('GET', `/v1/commands/${id}`)).body, body);
  assert.deepEqual((await ask('GET', '/v1/commands?limit=5')).body, { commands: [body] });
  const plain = await ask('POST', `/v1/devices/${idOf}/commands`, { command: 'open' });
  assert.equal(plain.body['expiresAt'], testTime + 60_000);
});

test('api: alerts are listed, acknowledged and cleared in the name of who asks [API-12]', async () => {
  assert.deepEqual((await ask('GET', '/v1/alerts?state=active&limit=7')).body, { alerts: [alert] });
  assert.deepEqual(scripted.told.at(-1), ['alerts', { state: 'active', limit: 7 }]);
  assert.deepEqual((await ask('GET', `/v1/alerts/${alert.id}`)).body, alert);
  const acknowledged = await ask('POST', `/v1/alerts/${alert.id}/acknowledge`);
  assert.deepEqual([acknowledged.body['state'], acknowledged.body['acknowledgedBy']], ['acknowledged', 'ada']);
  const cleared = await ask('POST', `/v1/alerts/${alert.id}/clear`);
  assert.equal(cleared.body['state'], 'cleared');
  assert.deepEqual(scripted.told.at(-1), ['clear', alert.id, 'ada']);
});

test('api: quarantine is listed with its total [API-10]', async () => {
  const { body } = await ask('GET', '/v1/quarantine?device=d&limit=2');
  assert.equal(body['total'], 1);
  assert.equal((body['quarantined'] as { reason: string }[])[0]?.reason, 'payload-not-json');
});

test('api: an enrolment names authority, node and end; a name that is no node id is refused [API-13]', async () => {
  const { status, body } = await ask('POST', '/v1/enrolments', { node: 'line-3' });
  assert.equal(status, 201);
  const token = decodeEnrolmentToken(body['token'] as string);
  assert.deepEqual(token, { ok: true, value: { fingerprint: 'f'.repeat(64), secret: 'a-secret-of-some-length' } });
  assert.deepEqual([body['node'], body['expiresAt']], ['line-3', testTime + 3_600_000]);
  assert.deepEqual(scripted.told.at(-1), ['enrolment', 'line-3', testTime + 3_600_000]);
  for (const wrong of ['-x', 'a b', 'ä', 'x/y']) {
    const refused = await ask('POST', '/v1/enrolments', { node: wrong });
    assert.deepEqual([refused.status, refused.body['code']], [400, 'API_INVALID'], wrong);
  }
});

test('api: whoever has a token gets a code that signs in a browser, with its end [API-29]', async () => {
  const { status, body } = await ask('POST', '/v1/sign-ins');
  assert.deepEqual([status, body['code'], body['expiresAt']], [201, 'a-code', testTime + 900_000]);
  assert.equal((scripted.told.at(-1) as unknown[])[0], 'sign-in');
});

test('api: health and metrics are told [API-19]', async () => {
  const health = await scripted.api.inject('/healthz');
  assert.deepEqual(health.json(), { status: 'ok', software: 'selvedge-cloud 0.1.0' });
  const metrics = await scripted.api.inject({ url: '/metrics', headers: scripted.bearer });
  assert.match(metrics.headers['content-type'] as string, /^text\/plain; version=0\.0\.4/);
  assert.match(metrics.body, /^cloud_api_requests_total\{route="\/healthz",status="200"\} 1$/m);
});
