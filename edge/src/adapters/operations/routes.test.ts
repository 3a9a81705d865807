import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { settle } from '../../../../packages/mqtt/test/support/clock.ts';
import * as wire from '../../../../packages/mqtt/test/support/wire.ts';
import { openWorld } from '../../../../packages/mqtt/test/support/world.ts';
import { openAccess } from '../../engines/access/access.fixture.ts';
import type { Principal, Route } from '../../ports.ts';
import { brokerRoutes } from './broker-routes.ts';
import { credentialRoutes } from './credential-routes.ts';

const operator: Principal = { kind: 'operator', name: 'operator', credential: 'operator', issuedAt: undefined };

/** Asks a route as a server would: by method and path, `{name}` for one segment. */
function asking(routes: readonly Route[]) {
  return async (
    method: Route['method'],
    target: string,
    body?: unknown,
  ): Promise<{ status: number; body?: unknown }> => {
    const { pathname, searchParams } = new URL(target, 'http://edge');
    const given = pathname.split('/').map(decodeURIComponent);
    for (const route of routes) {
      const wanted = route.path.split('/');
      const fits =
        wanted.length === given.length && wanted.every((one, at) => one.startsWith('{') || one === given[at]);
      if (!fits || route.method !== method) continue;
      assert.equal(route.for, 'operator');
      const named = wanted.map((one, at) => [one.slice(1, -1), given[at]!] as const);
      const parameters = Object.fromEntries(named.filter((_, at) => wanted[at]!.startsWith('{')));
      try {
        return await route.handle({ principal: operator, parameters, query: searchParams, body });
      } catch (cause) {
        if (!isFault(cause) || typeof cause.facts['status'] !== 'number') throw cause;
        return { status: cause.facts['status'], body: cause.code };
      }
    }
    return { status: 404 };
  };
}

test('operations: the clients are listed with address, session, queue and rates, a page at a time [ACC-20]', async () => {
  const world = await openWorld();
  const ask = asking(brokerRoutes(() => world.broker, world.clock));
  const away = await world.join('away', { clean: false });
  await away.send(wire.subscribe([['a', 1]]), wire.disconnect());
  await world.join('here', { version: 5 });
  world.broker.publish({ topic: 'a', payload: 'four', qos: 1 });
  const { body } = (await ask('GET', '/v1/broker/clients')) as {
    body: { clients: Record<string, unknown>[]; more: boolean };
  };
  assert.deepEqual(
    body.clients.map(({ id, connected, protocol, queued, queuedBytes }) => [
      id,
      connected,
      protocol,
      queued,
      queuedBytes,
    ]),
    [
      ['away', false, null, 1, 4],
      ['here', true, '5.0', 0, 0],
    ],
  );
  assert.match(body.clients[1]!['address'] as string, /^test:/);
  assert.equal(body.clients[1]!['connectedSince'], world.clock.wall());
  const page = await ask('GET', '/v1/broker/clients?limit=1&after=away');
  assert.deepEqual(
    [(page.body as typeof body).clients.map(({ id }) => id), (page.body as typeof body).more],
    [['here'], false],
  );
  assert.equal((await ask('GET', '/v1/broker/clients?limit=0')).status, 400);
  await world.broker.stop();
});

test('operations: a client is kicked by its id, and one that is not connected is told as absent [ACC-21]', async () => {
  const world = await openWorld();
  const ask = asking(brokerRoutes(() => world.broker, world.clock));
  const peer = await world.join('device/pump-7/a b');
  const path = `/v1/broker/clients/${encodeURIComponent('device/pump-7/a b')}`;
  assert.equal((await ask('DELETE', path)).status, 204);
  await settle();
  assert.equal(peer.ended, true);
  assert.deepEqual(await ask('DELETE', path), { status: 404, body: 'OPERATION_ABSENT' });
  await world.broker.stop();
});

test('operations: retained messages are browsed with a preview without secrets, and cleared so that subscribers hear of it [ACC-22]', async () => {
  const world = await openWorld();
  const ask = asking(brokerRoutes(() => world.broker, world.clock));
  const keep = (topic: string, payload: string | Uint8Array) => world.broker.publish({ topic, payload, retain: true });
  keep('a/1', '{"password":"hunter2","n":1}');
  keep('a/2', Buffer.of(0xff, 0x00));
  keep('b', 'x'.repeat(100));
  const browse = async (query: string) =>
    (await ask('GET', `/v1/broker/retained${query}`)).body as {
      messages: { topic: string; preview: string }[];
      more: boolean;
    };
  const page = await browse(`?filter=${encodeURIComponent('a/#')}&limit=10`);
  assert.deepEqual(
    page.messages.map(({ topic, preview }) => [topic, preview]),
    [
      ['a/1', '{"password":…,"n":1}'],
      ['a/2', '0xff00'],
    ],
  );
  assert.deepEqual((await browse('?limit=2')).more, true);
  assert.equal((await browse('?after=a%2F2')).messages[0]?.preview, `${'x'.repeat(64)}…`);
  assert.equal((await ask('GET', '/v1/broker/retained?filter=a%23')).status, 400);

  const watcher = await world.join('w');
  await watcher.send(wire.subscribe([['a/1', 0]]));
  watcher.take();
  assert.equal((await ask('DELETE', '/v1/broker/retained/a%2F1')).status, 204);
  await settle();
  assert.deepEqual(
    watcher.take('publish').map(({ payload }) => payload),
    [''],
  );
  for (const topic of ['a/1', '#', 'a/+', 'none']) {
    assert.equal((await ask('DELETE', `/v1/broker/retained/${encodeURIComponent(topic)}`)).status, 404, topic);
  }
  await world.broker.stop();
});

test('operations: a trace is begun for a bounded time and read while it grows [ACC-23]', async () => {
  const world = await openWorld();
  const ask = asking(brokerRoutes(() => world.broker, world.clock));
  const begun = (await ask('POST', '/v1/broker/trace', { client: 'c', seconds: 5 })).body as Record<string, number>;
  assert.equal(begun['endsAt']! - begun['startedAt']!, 5_000);
  const client = await world.join('c');
  await client.send(wire.pingreq);
  const read = async (from: number) =>
    (await ask('GET', `/v1/broker/trace/c?from=${from}`)).body as { over: boolean; lines: { packet?: string }[] };
  assert.deepEqual(
    (await read(2)).lines.map(({ packet }) => packet),
    ['PINGREQ', 'PINGRESP'],
  );
  assert.equal((await read(0)).over, false);
  await world.clock.advance(5_000);
  assert.equal((await read(0)).over, true);
  assert.equal((await ask('GET', '/v1/broker/trace/other')).status, 404);
  for (const body of [{ client: 'c', seconds: 601 }, { client: '' }, {}, [], 'c', undefined, { client: 7 }])
    assert.equal((await ask('POST', '/v1/broker/trace', body)).status, 400, JSON.stringify(body));
  await world.broker.stop();
});

test('operations: credentials are issued with a secret told once, listed without any, and revoked [ACC-24]', async () => {
  const { desk, gate } = await openAccess();
  const ask = asking(credentialRoutes(desk));
  const issued = await ask('POST', '/v1/credentials', { kind: 'token', holder: 'device', name: 'pump-7' });
  const { id, secret } = issued.body as { id: string; secret: string };
  assert.equal(issued.status, 201);
  assert.equal((await gate.admit({ kind: 'token', token: secret }, '192.0.2.1')).ok, true);
  const listed = await ask('GET', '/v1/credentials');
  assert.ok(!JSON.stringify(listed).includes(secret));
  assert.deepEqual(
    (listed.body as { credentials: { id: string }[] }).credentials.map((one) => one.id),
    [id],
  );
  assert.equal((await ask('DELETE', `/v1/credentials/${id}`)).status, 204);
  assert.equal((await ask('DELETE', `/v1/credentials/${id}`)).status, 404);
  assert.equal((await gate.admit({ kind: 'token', token: secret }, '192.0.2.1')).ok, false);

  const chosen = { kind: 'password', holder: 'application', name: 'x', password: 'chosen by somebody' };
  assert.ok(!JSON.stringify(await ask('POST', '/v1/credentials', chosen)).includes('chosen by somebody'));
  assert.equal((await ask('DELETE', '/v1/credentials/application/x')).status, 204);
  assert.deepEqual((await ask('GET', '/v1/credentials')).body, { credentials: [], bars: desk.list().bars });
  assert.equal((await ask('POST', '/v1/credentials/application/x/readmission')).status, 204);
  assert.equal((await ask('POST', '/v1/credentials/application/y/readmission')).status, 404);
  for (const bad of [
    { ...chosen, kind: 'pin' },
    { ...chosen, holder: 'anonymous' },
    { ...chosen, name: 'a/b' },
    { ...chosen, name: 7 },
    { ...chosen, kind: 'token' },
    { ...chosen, password: 'short' },
    null,
  ])
    assert.equal((await ask('POST', '/v1/credentials', bad)).status, 400, JSON.stringify(bad));
});
