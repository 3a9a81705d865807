import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scriptedCloud } from '../../test/scripted-cloud.ts';
import { type } from '../../test/typed.ts';
import type { ConflictView, TwinEventView, TwinView } from '../shapes/twin.ts';

const at = 1_764_000_000_000;
const conflict: ConflictView = {
  id: '9f2c11a0b7de4410',
  device: 'pump-7',
  path: 'tags.hall',
  policy: 'manual',
  parked: true,
  says: 'A',
  writes: [
    { replica: 'cloud', side: 'cloud', value: 'B', by: 'operator:ada', at },
    { replica: 'edge-1/4f0c', side: 'edge', value: 'C', by: 'operator:bob', at },
  ],
};
const twin: TwinView = {
  device: 'pump-7',
  node: 'edge-1',
  version: '00112233aabbccdd',
  desired: { interval: 5, mode: 'eco' },
  reported: { interval: 4, mode: 'eco' },
  tags: { hall: 'A' },
  policy: { 'tags.hall': 'manual' },
  pending: ['desired.interval'],
  conflicts: [conflict],
};
const event: TwinEventView = {
  sequence: 3,
  id: 'aa2c11a0b7de4410',
  kind: 'edit',
  path: 'desired.interval',
  at,
  writes: [{ replica: 'cloud', side: 'cloud', value: 5, by: 'operator:ada', at }],
  before: 4,
  after: 5,
  policy: null,
  parked: false,
  about: null,
};
const crossed: TwinEventView = {
  ...event,
  ...{ id: conflict.id, kind: 'conflict', path: 'tags.hall', writes: conflict.writes, parked: true, policy: 'manual' },
};
const clamped: TwinEventView = { ...event, id: 'bb2c11a0b7de4410', kind: 'clamp', writes: [] };
const path = '/v1/devices/pump-7/twin';

test('twin show: values side by side, what is on its way, and conflicts; at a moment too [TWN-32]', async () => {
  await using cloud = await scriptedCloud({ [`GET ${path}`]: () => ({ body: twin }) });
  const { code, out } = await type(`twin show pump-7 --at 2026-03-01T12:00:00Z --cloud ${cloud.url}`);
  assert.equal(code, 0);
  assert.deepEqual(cloud.asked[0]!.query, { at: String(Date.UTC(2026, 2, 1, 12)) });
  assert.match(out, /FIELD +DESIRED +REPORTED/);
  assert.match(out, /interval +5 +4 +on its way to the node/);
  assert.match(out, /conflict 9f2c11a0b7de4410 +tags\.hall waits for a person/);
  const json = (await type(`twin show pump-7 --json --cloud ${cloud.url}`)).json() as typeof twin;
  assert.deepEqual([json.desired, json.conflicts[0]!.id], [twin.desired, conflict.id]);
  assert.equal((await type(`twin show pump-7 --at noon --cloud ${cloud.url}`)).code, 2);
});

test('twin set: values are JSON or text, null deletes, and a version may be asked for [TWN-32]', async () => {
  await using cloud = await scriptedCloud({ [`PATCH ${path}`]: () => ({ body: twin }) });
  const line = 'twin set pump-7 --desired interval=5 --desired mode=eco --tag hall=null --policy desired.limit=min';
  assert.equal((await type(`${line} --if-version 00112233aabbccdd --cloud ${cloud.url}`)).code, 0);
  assert.deepEqual(cloud.asked[0]!.body, {
    desired: { interval: 5, mode: 'eco' },
    tags: { hall: null },
    policy: { 'desired.limit': 'min' },
  });
  assert.equal((await type(`twin set pump-7 --cloud ${cloud.url}`)).code, 2);
  assert.equal((await type(`twin set pump-7 --tag hall --cloud ${cloud.url}`)).code, 2);
});

test('twin history and conflicts: each event with its values [TWN-32]', async () => {
  await using cloud = await scriptedCloud({
    [`GET ${path}/history`]: () => ({ body: { events: [event, crossed, clamped] } }),
    'GET /v1/twin-conflicts': () => ({ body: { conflicts: [conflict] } }),
  });
  const { out } = await type(`twin history pump-7 --limit 3 --before 9 --cloud ${cloud.url}`);
  assert.deepEqual(cloud.asked[0]!.query, { limit: '3', before: '9' });
  assert.match(out, /edit +desired\.interval +4 → 5 by operator:ada/);
  assert.match(out, /conflict +tags\.hall +cloud B, edge C: waits for a person/);
  assert.match(out, /its clock was ahead/);
  const json = (await type(`twin history pump-7 --json --cloud ${cloud.url}`)).json() as {
    events: { at_ms: number }[];
  };
  assert.equal(json.events[0]!.at_ms, at);
  const list = await type(`twin conflicts pump-7 --cloud ${cloud.url}`);
  assert.match(list.out, /9f2c11a0b7de4410 +pump-7 +tags\.hall +cloud B, edge C +waits for a person +A/);
});

test('twin resolve and undo: they post what was chosen [TWN-32]', async () => {
  await using cloud = await scriptedCloud({
    [`POST ${path}/events/${conflict.id}/resolve`]: () => ({ body: twin }),
    [`POST ${path}/events/${event.id}/undo`]: () => ({ body: twin }),
  });
  const resolve = `twin resolve pump-7 ${conflict.id}`;
  assert.equal((await type(`${resolve} edge --cloud ${cloud.url}`)).code, 0);
  assert.equal((await type(`${resolve} --value 21.5 --cloud ${cloud.url}`)).code, 0);
  assert.deepEqual(
    cloud.asked.map(({ body }) => body),
    [{ take: 'edge' }, { value: 21.5 }],
  );
  assert.equal((await type(`${resolve} --cloud ${cloud.url}`)).code, 2);
  assert.equal((await type(`twin undo pump-7 ${event.id} --cloud ${cloud.url}`)).code, 0);
});
