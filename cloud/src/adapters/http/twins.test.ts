import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTo, minutes, seededEntropy } from '@selvedge/kernel';
import { openStore } from '../../../test/open-store.ts';
import { aNamed, shippedJournal } from '../../../test/shipped-journal.ts';
import { attempts } from '../../engines/admission/attempts.ts';
import { cloudMetrics } from '../../metrics.ts';
import type { TwinEventView, TwinView } from '../../ports.ts';
import { guard } from './guard.ts';
import { scriptedRunner } from './sagas.fixture.ts';
import { buildApi } from './server.ts';

const path = '/v1/devices/pump-7/twin';

test('api: twins are read, edited by version, told to the node, resolved, taken back and replayed [TWN-31, TWN-24, TWN-26]', async (t) => {
  const { store, clock, ship } = await openStore(t, { path: ':memory:', worker: false });
  await ship(shippedJournal().readings(aNamed(1)));
  const token = await store.access.issueToken('ada');
  const sent: [string, string][] = [];
  const options = {
    ...{ host: '127.0.0.1', port: 0, origins: [], bodyMax: 100_000, consoleDir: '' },
    ...{ enrolmentLife: minutes(60), signInLife: minutes(15) },
  };
  const world = {
    ...{ clock, store, entropy: seededEntropy(3), log: logTo(() => undefined, 'error'), metrics: cloudMetrics() },
    sagas: scriptedRunner([]),
    audit: () => Promise.reject(new Error('not here')),
    links: {
      send: () => true,
      configure: () => undefined,
      sendTwin: (node: string, frame: { kind: string }) => void sent.push([node, frame.kind]),
    },
    ...{ fingerprint: '', attempts: attempts({ failuresMax: 3, window: minutes(5), keysMax: 10 }), software: 'test' },
  };
  const api = await buildApi(options, world, guard(store.access, []));
  t.after(() => api.close());
  const ask = async (method: 'GET' | 'PATCH' | 'POST', url: string, payload?: object, headers = {}) => {
    clock.time += 1_000;
    const authorization = `Bearer ${token}`;
    return api.inject({ method, url, headers: { authorization, ...headers }, ...(payload ? { payload } : {}) });
  };

  const empty = await ask('GET', path);
  assert.deepEqual([empty.statusCode, empty.json<TwinView>().desired], [200, {}]);
  const edited = await ask(
    'PATCH',
    path,
    { desired: { interval: 5 }, policy: { desired: 'max' } },
    { 'if-match': empty.headers.etag! },
  );
  assert.equal(edited.statusCode, 200, edited.body);
  assert.deepEqual(edited.json<TwinView>().pending, ['desired.interval', 'policy.desired']);
  assert.deepEqual(sent, [['edge-1', 'state']]);
  const then = clock.time;
  assert.equal((await ask('PATCH', path, { tags: { a: 1 } }, { 'if-match': empty.headers.etag! })).statusCode, 412);
  assert.equal((await ask('PATCH', path, { tags: { a: [{}] } })).statusCode, 400);
  assert.equal((await ask('PATCH', path, { reported: { a: 1 } })).statusCode, 400, 'only the device reports');
  assert.equal((await ask('PATCH', '/v1/devices/nobody/twin', { tags: { a: 1 } })).statusCode, 404);
  await ask('PATCH', path, { desired: { interval: null } });
  const [last] = (await ask('GET', `${path}/history?limit=1`)).json<{ events: TwinEventView[] }>().events;
  assert.deepEqual([last!.before, last!.after, last!.writes[0]!.by], [5, null, 'operator:ada']);
  assert.deepEqual((await ask('GET', `${path}?at=${then}`)).json<TwinView>().desired, { interval: 5 });
  const undone = await ask('POST', `${path}/events/${last!.id}/undo`);
  assert.deepEqual(undone.json<TwinView>().desired, { interval: 5 });
  assert.equal((await ask('POST', `${path}/events/${last!.id}/resolve`, { take: 'edge' })).statusCode, 400);
  assert.equal((await ask('POST', `${path}/events/${last!.id}/resolve`, {})).statusCode, 400);
  assert.equal((await ask('POST', `${path}/events/ffff/undo`)).statusCode, 404);
  assert.deepEqual((await ask('GET', '/v1/twin-conflicts')).json(), { conflicts: [] });
});
