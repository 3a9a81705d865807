import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientRequest,
  codeName,
  contentFormats,
  methods,
  type Request,
  type Resource,
  readOptions,
  registry,
  responses,
} from '../src/index.ts';
import { con, non, rst, simulated } from './support/world.ts';

const token = Buffer.of(1, 2, 3, 4);
const path = (text: string) => ({ number: registry.uriPath.number, value: Buffer.from(text) });

/** A server with these resources and a client; `ask` gives the code and the payload in one text. */
async function served(resources: readonly Resource[], limits: Parameters<typeof simulated>[0] | object = {}) {
  const world = simulated();
  const server = await world.endpoint({ resources, limits: limits as object });
  const client = await world.endpoint();
  const request = (to: string, about: ClientRequest = {}) => world.until(client.request(server.url(to), about));
  const ask = async (to: string, about: ClientRequest = {}): Promise<string> => {
    const { code, payload } = await request(to, about);
    return `${codeName(code)} ${payload}`.trim();
  };
  return { world, server, client, request, ask };
}

test('serving: what is not there is 4.04, a method that is not 4.05, a proxy 5.05 [COA-30]', async () => {
  const { world, server, ask } = await served([{ path: 'a', get: () => 'A' }]);
  assert.equal(await ask('a'), '2.05 A');
  assert.equal(await ask('b'), '4.04');
  assert.equal(await ask('a/b'), '4.04');
  assert.equal(await ask('a', { method: 'POST' }), '4.05');
  const proxy = { number: registry.proxyUri.number, value: Buffer.from('coap://elsewhere/') };
  assert.equal(await ask('a', { options: [proxy] }), '5.05');
  const peer = await world.raw();
  peer.send(con(1, { code: 17, token, options: [path('a')] }), server.at);
  await world.run(100);
  assert.equal(codeName(peer.take()[0]!.message.code), '4.05', 'a request code that nobody knows');
});

test('serving: an unknown critical option is 4.02 in a confirmable request, and rejects another [COA-31]', async () => {
  const { world, server } = await served([{ path: 'a', get: () => 'A' }]);
  const peer = await world.raw();
  const unknown = { number: 65_001, value: Buffer.of(1) };
  peer.send(con(1, { code: methods.GET, token, options: [path('a'), unknown] }), server.at);
  peer.send(non(2, { code: methods.GET, token, options: [path('a'), unknown] }), server.at);
  peer.send(con(3, { code: methods.GET, token, options: [path('a'), { ...unknown, number: 65_000 }] }), server.at);
  await world.run(100);
  const [first, second, third] = peer.take();
  assert.deepEqual([first!.type, codeName(first!.message.code)], [2, '4.02']);
  assert.match(first!.message.payload.toString(), /65001/);
  assert.deepEqual(peer.inbox[1], rst(2));
  assert.equal(second!.id, 2);
  assert.equal(codeName(third!.message.code), '2.05', 'an elective one is ignored');
});

test('serving: a bad option is 4.02 whatever the other options hold [COA-2] [COA-31]', async () => {
  const { world, server } = await served([{ path: 'a', get: () => 'A' }]);
  const peer = await world.raw();
  const long = Buffer.alloc(19, 1);
  for (const [index, { number }] of [
    registry.block2,
    registry.noResponse,
    registry.observe,
    registry.block1,
  ].entries()) {
    const options = [path('a'), { number, value: long }, { number: 65_001, value: long }];
    options.sort((one, other) => one.number - other.number);
    peer.send(con(index + 1, { code: methods.GET, token, options }), server.at);
  }
  await world.run(100);
  assert.deepEqual(
    peer.take().map(({ type, message }) => `${type} ${codeName(message.code)}`),
    Array(4).fill('2 4.02'),
  );
  assert.deepEqual(
    server.log.filter(({ level }) => level === 'error'),
    [],
  );
});

test('serving: a handler is given all that the request says [COA-40]', async () => {
  const seen: Request[] = [];
  const { client, request } = await served([
    {
      path: 'devices/*/**',
      post(one) {
        seen.push(one);
        return { code: responses.created, locationPath: ['x', 'y'], maxAge: 9 };
      },
    },
  ]);
  const response = await request('devices/p%C3%BCmp/%2F?a=1&b%26', {
    method: 'POST',
    payload: '{}',
    contentFormat: contentFormats.json,
    accept: contentFormats.cbor,
    path: 'tail',
    query: ['c'],
  });
  const [one] = seen;
  assert.equal(one?.method, 'POST');
  assert.deepEqual(one.path, ['devices', 'pümp', '/', 'tail']);
  assert.deepEqual(one.query, ['a=1', 'b&', 'c']);
  assert.equal(one.payload.toString(), '{}');
  assert.deepEqual([one.contentFormat, one.accept, one.observed], [50, 60, false]);
  assert.deepEqual([one.peer.host, one.peer.port, one.peer.transport], [client.at.host, client.at.port, 'udp']);
  assert.deepEqual([one.peer.secure, one.peer.certificate, one.peer.identity], [false, undefined, undefined]);
  assert.deepEqual([response.code, response.maxAge, response.locationPath], [responses.created, 9, ['x', 'y']]);
});

test('serving: the most exact path wins [COA-39]', async () => {
  const named = (of: string): Resource => ({ path: of, get: () => of });
  const { ask } = await served([named('a/b'), named('a/*'), named('a/**'), named('*/b/c'), named('a/*/d')]);
  for (const [asked, answered] of [
    ['a/b', 'a/b'],
    ['a/x', 'a/*'],
    ['a', 'a/**'],
    ['a/x/y', 'a/**'],
    ['a/b/d', 'a/*/d'],
    ['z/b/c', '*/b/c'],
    ['a/b/c', 'a/**'],
  ] as const)
    assert.equal(await ask(asked), `2.05 ${answered}`);
  const world = simulated();
  await assert.rejects(world.endpoint({ resources: [named('a/*'), named('/a/*')] }), /twice/);
  await assert.rejects(world.endpoint({ resources: [named('**/a')] }), /last/);
});

test('serving: a handler that throws is logged and answered with 5.00, and says nothing of itself [COA-33]', async () => {
  const { server, ask } = await served([
    {
      path: 'a',
      get: () => Promise.reject(new Error('secret')),
      put: () => {
        throw new Error('secret');
      },
    },
  ]);
  assert.equal(await ask('a'), '5.00');
  assert.equal(await ask('a', { method: 'PUT' }), '5.00');
  assert.deepEqual(
    server.log.map(({ level, event }) => `${level} ${event}`),
    ['error coap.handler.failed', 'error coap.handler.failed'],
  );
});

test('serving: beyond the requests executed at a time, of one peer or of all, 5.03 is the answer [COA-34]', async () => {
  const world = simulated();
  const slow: Resource = { path: 'slow', get: () => new Promise(() => undefined) };
  const server = await world.endpoint({ resources: [slow], limits: { requestsMax: 3, peerRequestsMax: 2 } });
  const [one, other] = [await world.raw(), await world.raw()];
  for (let id = 0; id < 3; id++)
    one.send(non(id, { code: methods.GET, token: Buffer.of(id), options: [path('slow')] }), server.at);
  await world.run(20);
  assert.deepEqual(
    one.take().map(({ message }) => codeName(message.code)),
    ['5.03'],
  );
  for (let id = 0; id < 2; id++)
    other.send(non(id, { code: methods.GET, token: Buffer.of(id), options: [path('slow')] }), server.at);
  await world.run(20);
  const [busy] = other.take();
  assert.equal(codeName(busy!.message.code), '5.03');
  assert.equal(readOptions.maxAge(busy!.message), 2);
  assert.equal(server.metrics.refused.value('requests'), 2);
});

test('serving: another Accept is 4.06, another Content-Format 4.15 [COA-35]', async () => {
  const { ask } = await served([
    {
      path: 'declared',
      formats: [50, 60],
      consumes: [50],
      get: ({ accept }) => ({ payload: '{}', contentFormat: accept ?? 50 }),
      put: () => undefined,
    },
    { path: 'loose', get: () => ({ payload: '{}', contentFormat: 50 }) },
  ]);
  assert.equal(await ask('declared'), '2.05 {}');
  assert.equal(await ask('declared', { accept: 60 }), '2.05 {}');
  assert.equal(await ask('declared', { accept: 0 }), '4.06');
  assert.equal(await ask('loose', { accept: 50 }), '2.05 {}');
  assert.equal(await ask('loose', { accept: 60 }), '4.06');
  assert.equal(await ask('declared', { method: 'PUT', contentFormat: 50, payload: '1' }), '2.04');
  assert.equal(await ask('declared', { method: 'PUT', contentFormat: 60, payload: '1' }), '4.15');
  assert.equal(await ask('declared', { method: 'PUT', payload: '1' }), '2.04');
});

test('serving: an ETag that is still good is answered with 2.03 and nothing else [COA-36]', async () => {
  let text = 'one';
  const { request, ask } = await served([
    { path: 'given', get: () => ({ payload: text, etag: Buffer.from(text) }) },
    { path: 'made', get: () => text },
  ]);
  const tag = Buffer.from('one');
  const valid = await request('given', { etags: [Buffer.from('old'), tag] });
  assert.deepEqual([codeName(valid.code), valid.payload.length, valid.etag], ['2.03', 0, tag]);
  text = 'two';
  assert.equal(await ask('given', { etags: [tag] }), '2.05 two');
});

test('serving: If-Match and If-None-Match keep a request from the wrong state [COA-36]', async () => {
  let stored: string | undefined;
  const { ask } = await served([
    {
      path: 's',
      get: () => (stored === undefined ? { code: responses.notFound } : { payload: stored, etag: Buffer.from(stored) }),
      put: ({ payload }) => void (stored = payload.toString()),
      delete: () => void (stored = undefined),
    },
    { path: 'blind', put: () => undefined },
  ]);
  const put = (payload: string, more: ClientRequest) => ask('s', { method: 'PUT', payload, ...more });
  assert.equal(await put('a', { ifMatch: [Buffer.alloc(0)] }), '4.12', 'nothing is there yet');
  assert.equal(await put('a', { ifNoneMatch: true }), '2.04');
  assert.equal(await put('b', { ifNoneMatch: true }), '4.12');
  assert.equal(await put('b', { ifMatch: [Buffer.from('x')] }), '4.12');
  assert.equal(await put('b', { ifMatch: [Buffer.from('x'), Buffer.from('a')] }), '2.04');
  assert.equal(await ask('s', { method: 'DELETE', ifMatch: [Buffer.alloc(0)] }), '2.02');
  assert.equal(stored, undefined);
  assert.equal(
    await ask('blind', { method: 'PUT', ifNoneMatch: true }),
    '4.02 the resource has no state to compare with',
  );
});

test('serving: a response of a class that is not wanted is not sent, but acknowledged [COA-37]', async () => {
  let executed = 0;
  const { world, server, client } = await served([{ path: 'a', post: () => void (executed += 1) }]);
  const peer = await world.raw();
  const post = (id: number, mask: number, to: string) => {
    const quiet = { number: registry.noResponse.number, value: Buffer.of(mask) };
    return (id % 2 ? con : non)(id, { code: methods.POST, token, options: [path(to), quiet] });
  };
  for (const [id, mask, to] of [
    [1, 2, 'a'],
    [2, 2, 'a'],
    [3, 2, 'none'],
    [5, 8, 'none'],
    [6, 26, 'none'],
    [7, 16, 'a'],
  ] as const)
    peer.send(post(id, mask, to), server.at);
  await world.run(100);
  assert.equal(executed, 3);
  assert.deepEqual(
    peer.take().map(({ id, message }) => `${id} ${codeName(message.code)}`),
    ['1 0.00', '3 4.04', '5 0.00', '7 2.04'],
  );
  for (const confirmable of [true, false]) {
    const asked = client.request(server.url('a'), { method: 'POST', noResponse: 26, confirmable });
    assert.deepEqual([(await world.until(asked)).code, (await asked).ok], [0, true]);
  }
  await world.run(100);
  assert.equal(executed, 5);
});

test('serving: /.well-known/core lists what is served, filtered by any attribute and by prefix [COA-38]', async () => {
  const { ask, request } = await served([
    {
      path: 'sensors/temp',
      get: () => '',
      observable: true,
      formats: [50, 60],
      attributes: { rt: 'temperature celsius', if: 'sensor', title: 'The "big" one' },
    },
    {
      path: 'sensors/*',
      get: () => '',
      links: () => [{ path: 'sensors/p ü/1', attributes: { sz: 900 } }],
      attributes: { rt: 'pump' },
    },
    { path: 'hidden', get: () => '', attributes: false },
    { path: 'any/*', get: () => '' },
    { path: '/', get: () => '' },
  ]);
  const temp = '</sensors/temp>;rt="temperature celsius";if="sensor";title="The \\"big\\" one";ct="50 60";obs';
  const pump = '</sensors/p%20%C3%BC/1>;rt="pump";sz=900';
  const core = '.well-known/core';
  assert.equal(await ask(core), `2.05 ${temp},${pump},</>`);
  assert.equal((await request(core)).contentFormat, contentFormats.link);
  for (const [filter, expected] of [
    ['rt=pump', pump],
    ['rt=celsius', temp],
    ['rt=temp*', temp],
    ['rt=elsius', ''],
    ['if=sensor', temp],
    ['href=/sensors/t*', temp],
    ['href=/sensors*', `${temp},${pump}`],
    ['ct=60', temp],
    ['obs', temp],
    ['sz=900', pump],
    ['nothing=*', ''],
    ['rt=p*&sz=9*', pump],
    ['rt=p*&sz=8*', ''],
  ] as const)
    assert.equal(await ask(`${core}?${filter}`), `2.05 ${expected}`.trim(), filter);
  assert.equal(await ask(core, { accept: 50 }), '4.06');
});

test('serving: a response with an unknown critical option is rejected, and its request fails [COA-32]', async () => {
  const { world, client } = await served([]);
  const peer = await world.raw();
  const asked = client.request({ transport: 'udp', ...peer.at });
  const failed = assert.rejects(asked, { code: 'COAP_RESPONSE_INVALID' });
  await world.run(10);
  const { message } = peer.take()[0]!;
  const bad = { code: responses.content, token: message.token, options: [{ number: 65_001, value: Buffer.of(1) }] };
  peer.send(con(900, bad), client.at);
  await world.run(10);
  await failed;
  assert.deepEqual(peer.inbox.at(-1), rst(900));
});
