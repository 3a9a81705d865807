import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { isFault, millis } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { openDoor, sendRaw } from './door.fixture.ts';

const head = 'Host: x.test\r\nConnection: close\r\n';

test('http server: the pages of the node are there, and HEAD has no body [EDG-91]', async () => {
  await using door = await openDoor();
  assert.deepEqual((await door.ask('/healthz')).body, { status: 'ok' });
  assert.deepEqual((await door.ask('/v1/status')).body, { fine: true });
  const metrics = await door.ask('/metrics');
  assert.match(String(metrics.body['text']), /edge_http_requests_total\{route="\/healthz",status="200"\} 1/);
  assert.equal(metrics.headers.get('content-type'), 'text/plain; version=0.0.4');
  const bare = await door.ask('/healthz', { method: 'HEAD' });
  assert.deepEqual([bare.status, bare.body, bare.headers.get('content-length')], [200, { text: '' }, '16']);
});

test('http server: every failure is a problem with a code and a hint [EDG-91]', async () => {
  await using door = await openDoor();
  const cases: readonly [path: string, method: string, status: number, code: string][] = [
    ['/', 'GET', 404, 'HTTP_PATH_UNKNOWN'],
    ['/v1/devices//readings', 'POST', 400, 'HTTP_INVALID'],
    ['/v1/devices/a%2Fb/readings', 'POST', 400, 'HTTP_INVALID'],
    ['/v1/devices/%zz/readings', 'POST', 400, 'HTTP_INVALID'],
    ['/v1/devices/a/readings', 'GET', 405, 'HTTP_METHOD_UNKNOWN'],
    ['/v1/devices/a/commands', 'DELETE', 405, 'HTTP_METHOD_UNKNOWN'],
  ];
  for (const [path, method, status, code] of cases) {
    const answer = await door.ask(path, { method });
    assert.deepEqual([answer.status, answer.body['code']], [status, code], path);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    for (const member of ['type', 'title', 'detail', 'hint']) assert.equal(typeof answer.body[member], 'string');
    if (status === 405) assert.ok(answer.headers.get('allow'));
  }
});

test('http server: what is no request is told so and closed [EDG-90] [EDG-91]', async () => {
  await using door = await openDoor();
  const cases: readonly [bytes: string, status: number][] = [
    ['nonsense\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\n${head}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [`POST /v1/devices/a/readings HTTP/1.1\r\n${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    [`GET /healthz HTTP/1.1\r\n${head}\r\n`, 200],
    ['GET http://x.test/healthz HTTP/1.1\r\nHost: x.test\r\nConnection: close\r\n\r\n', 200],
  ];
  for (const [bytes, status] of cases) {
    const text = await sendRaw(door.port, bytes);
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `), bytes.slice(0, 40));
    if (status >= 400) assert.match(text, /application\/problem\+json[\s\S]*"code":"HTTP_/, bytes.slice(0, 40));
  }
});

test('http server: an answer before the end of the body reaches the client, and closes the connection [EDG-90]', async () => {
  await using door = await openDoor({ bodyMax: 1_000 });
  const post = `POST /v1/devices/a/readings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
  const early = await sendRaw(door.port, `${post}Content-Length: 100000\r\n\r\n[1`);
  assert.match(early, /^HTTP\/1.1 413 [\s\S]*HTTP_BODY_TOO_LARGE/);
  assert.match(early, /connection: close/i);
  const waiting = await sendRaw(door.port, `${post}Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n`);
  assert.match(waiting, /^HTTP\/1.1 413 /);
  const body = '{"t":1}';
  const goes = await sendRaw(
    door.port,
    `${post}Connection: close\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n${body}`,
  );
  assert.match(goes, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 202 /);
});

test('http server: a pipeline is answered in its order, and one that is too long is cut [EDG-90]', async () => {
  await using door = await openDoor();
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const poll = '/v1/devices/a/commands?wait=0.2';
  const text = await sendRaw(door.port, get(poll) + get('/healthz') + get('/nowhere'), 1_000);
  assert.deepEqual(
    [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map((match) => match[1]),
    ['200', '200', '404'],
  );
  assert.equal(await sendRaw(door.port, get('/v1/devices/b/commands').repeat(17)), '');
  assert.match(String((await door.ask('/metrics')).body['text']), /edge_http_rejected_total\{why="pipeline"\} 1/);
  assert.equal(door.node.report().clients, 0);
});

test('http server: beyond its connections the next are closed, and those that are open go on [EDG-90]', async () => {
  await using door = await openDoor({ connectionsMax: 2 });
  const sockets = [0, 1].map(() => connect(door.port, '127.0.0.1'));
  await systemClock.sleep(millis(50));
  assert.equal(await sendRaw(door.port, `GET /healthz HTTP/1.1\r\n${head}\r\n`), '');
  sockets[0]!.destroy();
  await systemClock.sleep(millis(50));
  assert.match(await sendRaw(door.port, `GET /healthz HTTP/1.1\r\n${head}\r\n`), /^HTTP\/1.1 200/);
  sockets[1]!.destroy();
});

test('http server: who does not come to the end of a head or a body in time is told and closed [EDG-90]', async () => {
  await using door = await openDoor({ patience: { head: millis(200), request: millis(500) } });
  const post = `POST /v1/devices/a/readings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
  for (const bytes of [post, `${post}Content-Length: 9\r\n\r\n{`]) {
    const began = systemClock.ticks();
    assert.match(await sendRaw(door.port, bytes), /^HTTP\/1.1 408 [\s\S]*HTTP_TIMEOUT/);
    assert.ok(systemClock.ticks() - began < 2_000);
  }
});

test('http server: a client that breaks off leaves nothing behind but what was durable [EDG-90]', async () => {
  await using door = await openDoor();
  const socket = connect(door.port, '127.0.0.1');
  const line = `${JSON.stringify({ t: 1 })}\n`;
  socket.write(
    `POST /v1/devices/a/readings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000000\r\n\r\n${line.repeat(300)}`,
  );
  await systemClock.sleep(millis(100));
  socket.destroy();
  await systemClock.sleep(millis(100));
  assert.equal(door.node.report().readingsTotal, 256);
  assert.equal((await door.post('/v1/devices/a/readings', { t: 2 })).status, 202);
});

test('http server: a port that is taken is told with the setting that chooses it [EDG-91]', async () => {
  await using door = await openDoor();
  await assert.rejects(openDoor({ port: door.port }), (cause) => isFault(cause, 'EDGE_PORT_TAKEN'));
});

test('http server: the description names every path and what it answers [EDG-91]', async () => {
  await using door = await openDoor();
  const { openapi, paths } = (await door.ask('/openapi.json')).body as {
    openapi: string;
    paths: Record<string, object>;
  };
  assert.equal(openapi, '3.1.0');
  const expected = [
    '/healthz',
    '/metrics',
    '/v1/devices/{id}/commands',
    '/v1/devices/{id}/commands/{command}/result',
    '/v1/devices/{id}/readings',
    '/v1/devices/{id}/status',
    '/v1/devices/{id}/twin',
    '/v1/status',
  ];
  assert.deepEqual(new Set(Object.keys(paths)), new Set(expected));
  const references = [...JSON.stringify({ paths }).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  const { components } = (await door.ask('/openapi.json')).body as { components: { schemas: object } };
  for (const [, name] of references) assert.ok(name! in components.schemas, name);
});
