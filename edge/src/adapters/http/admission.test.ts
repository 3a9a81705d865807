import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteRequest } from '../../ports.ts';
import { readCredentials } from './admission.ts';
import { openDoor } from './door.fixture.ts';

const reading = '/v1/devices/pump-7/readings';

test('http admission: a header becomes credentials, or is refused [EDG-89]', () => {
  assert.deepEqual(readCredentials(undefined), { kind: 'anonymous' });
  assert.deepEqual(readCredentials('bearer  abc'), { kind: 'token', token: 'abc' });
  assert.deepEqual(readCredentials(`Basic ${btoa('pump:a:b')}`), {
    kind: 'password',
    user: 'pump',
    password: Buffer.from('a:b'),
  });
  for (const bad of ['', 'Bearer', 'Bearer a b', `Basic ${btoa('pump')}`, 'Digest x', 'Basic'])
    assert.equal(readCredentials(bad), undefined, bad);
});

test('http admission: who may not is told 401, 403, 429 or 503, and nothing is taken [EDG-89]', async () => {
  await using door = await openDoor();
  const send = async (token: string, path = reading) => {
    const answer = await door.post(path, { t: 1 }, { authorization: `Bearer ${token}` });
    return [answer.status, answer.body['code'], answer.headers.get('retry-after')];
  };
  assert.deepEqual(await send('stranger'), [401, 'HTTP_UNAUTHORIZED', null]);
  assert.deepEqual(await send('throttled'), [429, 'HTTP_LIMITED', '60']);
  assert.deepEqual(await send('busy'), [503, 'HTTP_BUSY', '1']);
  assert.deepEqual(await send('other'), [403, 'HTTP_FORBIDDEN', null]);
  assert.deepEqual((await send('pump-7'))[0], 202);
  const refused = await door.post(reading, {}, { authorization: 'Digest x' });
  assert.deepEqual([refused.status, refused.headers.get('www-authenticate')?.startsWith('Bearer')], [401, true]);
  for (const path of ['commands?wait=0', 'commands'])
    assert.equal(
      (await door.ask(`/v1/devices/pump-7/${path}`, { headers: { authorization: 'Bearer other' } })).status,
      403,
    );
  for (const path of ['status', 'commands/c-1/result'])
    assert.deepEqual((await send('other', `/v1/devices/pump-7/${path}`))[0], 403);
  assert.equal((await door.post('/v1/devices/locked/readings', { t: 1 })).status, 403);
  assert.equal(door.node.report().readingsTotal, 1);
});

test('http admission: a web page without a credential is turned away, one with a credential is not [EDG-89]', async () => {
  await using door = await openDoor();
  const origin = { origin: 'https://page.example' };
  assert.equal((await door.post(reading, { t: 1 }, origin)).body['code'], 'HTTP_FOREIGN_PAGE');
  assert.equal((await door.post(reading, { t: 1 }, { ...origin, authorization: 'Bearer pump-7' })).status, 202);
});

test('http admission: an operation of another part is for whom it says, and gets what it needs [EDG-89]', async () => {
  const asked: RouteRequest[] = [];
  const handle = (request: RouteRequest) => {
    asked.push(request);
    return { status: 201, body: { done: true } };
  };
  await using door = await openDoor({
    routes: [
      { method: 'POST', path: '/v1/things/{name}', for: 'operator', handle },
      { method: 'DELETE', path: '/v1/things/{name}', for: 'anybody', handle: () => ({ status: 204 }) },
    ],
  });
  const path = '/v1/things/a%2Fb?x=1';
  assert.equal((await door.post(path, {}, { authorization: 'Bearer pump-7' })).status, 403);
  const done = await door.post(path, { n: 1 }, { authorization: 'Bearer operator' });
  assert.deepEqual([done.status, done.body], [201, { done: true }]);
  const [{ parameters, query, body, principal }] = asked as [RouteRequest];
  assert.deepEqual([parameters['name'], query.get('x'), body, principal.name], ['a/b', '1', { n: 1 }, 'operator']);
  assert.equal((await door.post(path, '{', { authorization: 'Bearer operator' })).body['code'], 'HTTP_INVALID');
  const gone = await door.ask(path, { method: 'DELETE' });
  assert.deepEqual([gone.status, gone.body], [204, { text: '' }]);
  const description = (await door.ask('/openapi.json')).body;
  assert.deepEqual(Object.keys((description['paths'] as Record<string, object>)['/v1/things/{name}']!), [
    'post',
    'delete',
  ]);
});
