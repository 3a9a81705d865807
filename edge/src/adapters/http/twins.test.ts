import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDoor } from './door.fixture.ts';

const path = '/v1/devices/pump-7/twin';

test('http twins: an operator edits, a device edits what it reports, both read [TWN-31]', async () => {
  await using door = await openDoor();
  const patch = (body: unknown, token: string, headers: Record<string, string> = {}) =>
    door.ask(path, {
      method: 'PATCH',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
  assert.equal((await door.ask(path)).status, 404);
  const first = await patch({ desired: { interval: 5 }, tags: { hall: 'A' } }, 'operator');
  assert.deepEqual([first.status, first.body['desired'], first.body['tags']], [200, { interval: 5 }, { hall: 'A' }]);
  const own = await patch({ reported: { interval: 4, heater: { mode: 'eco' } } }, 'pump-7');
  assert.deepEqual(own.body['reported'], { interval: 4, 'heater.mode': 'eco' });
  assert.equal((await patch({ desired: { interval: 1 } }, 'pump-7')).status, 403);
  assert.equal((await patch({ reported: { interval: 1 } }, 'pump-8')).status, 403);
  const read = await door.ask(path);
  assert.equal(read.headers.get('etag'), `"${read.body['version']}"`);
  const fits = { 'if-match': read.headers.get('etag')! };
  assert.equal((await patch({ tags: { hall: 'B' } }, 'operator', fits)).status, 200);
  const late = await patch({ tags: { hall: 'C' } }, 'operator', fits);
  assert.deepEqual([late.status, late.body['code']], [412, 'EDGE_TWIN_CHANGED']);
  for (const wrong of ['{', '7', { other: {} }, { tags: { a: [{}] } }])
    assert.equal((await patch(wrong, 'operator')).status, 400, JSON.stringify(wrong));
});
