import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { problem, scriptedCloud } from '../../test/scripted-cloud.ts';
import { type } from '../../test/typed.ts';
import type { ConfigurationVersionView, ConfigurationView } from '../shapes/configuration.ts';
import type { SagaView } from '../shapes/saga.ts';

const at = 1_764_000_000_000;
const version: ConfigurationVersionView = {
  ...{ version: 4, digest: '0011223344556677', phase: 'confirmed', why: null, by: 'operator:ada', about: null },
  ...{ proposedAt: at, preparedAt: at, appliedAt: at, endedAt: at },
  settings: { window: { period: '30s' } },
};
const view: ConfigurationView = { node: 'edge-1', version: 4, latest: version, good: version, heardAt: at };
const saga: SagaView = {
  ...{
    id: 's1',
    name: 'move the limit',
    by: 'operator:ada',
    status: 'stuck',
    direction: 'back',
    why: 'the device says no',
  },
  ...{ createdAt: at, endedAt: at },
  steps: [{ name: 'flush', phase: 'stuck', attempt: 5, why: 'the device says no' }],
};
const path = '/v1/nodes/edge-1/configuration';

async function fileOf(t: TestContext, content: object): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-plan-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'given.json'), JSON.stringify(content));
  return join(dir, 'given.json');
}

test('configuration show and history: what a node has, and what became of each version [CFG-20]', async () => {
  const returned = { ...version, version: 3, phase: 'returned', why: 'it does not reach its cloud' };
  await using cloud = await scriptedCloud({
    [`GET ${path}`]: () => ({ body: view }),
    [`GET ${path}/versions/3`]: () => ({ body: returned }),
    [`GET ${path}/history`]: () => ({ body: { versions: [version, returned] } }),
  });
  const { out } = await type(`configuration show edge-1 --cloud ${cloud.url}`);
  assert.match(out, /latest +version 4, confirmed[\s\S]*"period": "30s"/);
  assert.match((await type(`configuration show edge-1 --version 3 --cloud ${cloud.url}`)).out, /does not reach/);
  const list = await type(`configuration history edge-1 --before 9 --cloud ${cloud.url}`);
  assert.match(list.out, /3 .*returned +operator:ada +it does not reach its cloud/);
  assert.deepEqual(cloud.asked.at(-1)!.query, { limit: '20', before: '9' });
  const json = (await type(`configuration show edge-1 --json --cloud ${cloud.url}`)).json() as {
    latest: { proposed_at_ms: number };
  };
  assert.equal(json.latest.proposed_at_ms, at);
});

test('configuration set: it names the version that there is, and can wait for the end [CFG-20] [CFG-2]', async (t) => {
  const file = await fileOf(t, { window: { period: '30s' } });
  const phases = ['prepared', 'returned'];
  await using cloud = await scriptedCloud({
    [`GET ${path}`]: () => ({ body: { ...view, version: 3 } }),
    [`PUT ${path}`]: () => ({ status: 202, body: { ...view, latest: { ...version, phase: 'proposed' } } }),
    [`GET ${path}/versions/4`]: () => ({ body: { ...version, phase: phases.shift(), why: 'port taken' } }),
  });
  assert.equal((await type(`configuration set edge-1 ${file} --cloud ${cloud.url}`)).code, 0);
  assert.deepEqual(
    cloud.asked.map(({ method }) => method),
    ['GET', 'PUT'],
  );
  assert.deepEqual(cloud.asked[1]!.body, { window: { period: '30s' } });
  const waited = await type(`configuration set edge-1 ${file} --if-version 3 --wait --cloud ${cloud.url}`);
  assert.equal(waited.code, 1);
  assert.match(waited.err, /version 4 was returned: port taken/);
  assert.equal((await type(`configuration set edge-1 /nowhere.json --cloud ${cloud.url}`)).code, 2);
});

test('saga run, list, show and cancel [CFG-20]', async (t) => {
  const file = await fileOf(t, { name: 'move the limit', steps: [] });
  await using cloud = await scriptedCloud({
    'POST /v1/sagas': () => ({ status: 202, body: { ...saga, status: 'running' } }),
    'GET /v1/sagas': () => ({ body: { sagas: [saga] } }),
    'GET /v1/sagas/s1': () => ({ body: saga }),
    'POST /v1/sagas/s1/cancel': () => ({ body: { ...saga, status: 'running' } }),
    'GET /v1/sagas/s2': () => problem(404, 'SAGA_UNKNOWN', 'there is no saga s2'),
  });
  assert.equal((await type(`saga run ${file} --cloud ${cloud.url}`)).code, 0);
  const waited = await type(`saga run ${file} --wait --cloud ${cloud.url}`);
  assert.deepEqual([waited.code, /saga s1 is stuck: the device says no/.test(waited.err)], [1, true]);
  assert.match((await type(`saga list --status stuck --cloud ${cloud.url}`)).out, /s1 .*move the limit +stuck/);
  assert.match((await type(`saga show s1 --cloud ${cloud.url}`)).out, /1 +flush +stuck +the device says no/);
  assert.match((await type(`saga cancel s1 --cloud ${cloud.url}`)).out, /running, goes back/);
  assert.equal((await type(`saga show s2 --cloud ${cloud.url}`)).code, 1);
  const json = (await type(`saga show s1 --json --cloud ${cloud.url}`)).json() as { created_at_ms: number };
  assert.equal(json.created_at_ms, at);
});
