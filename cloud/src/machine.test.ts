import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { decodeFrame, encodeBatch, encodeFrame, encodeReading, type TextFrame } from '@selvedge/protocol';
import { createNodeRequest } from '@selvedge/trust';
import { WebSocket } from 'ws';
import { send } from './adapters/link/server.fixture.ts';
import { chain, epoch } from './engines/link/links.fixture.ts';
import type { Audit } from './engines/proof/run-audit.ts';
import { listen, scratchFolder, startedMachine } from './machine.fixture.ts';
import { tokenFile } from './machine.ts';

type Started = Awaited<ReturnType<typeof startedMachine>>;

/** A node over TLS: enrolled with a token of the API, welcomed, and answering audits from its journal's head. */
async function enrolledNode(started: Started, node: string) {
  const { token } = await started.ask<{ token: string }>('/v1/enrolments', { method: 'POST', body: { node } });
  const { request: csr, key } = await createNodeRequest(node);
  const port = Number(new URL(started.reach.link).port);
  const [ca = ''] = (await readFile(join(started.data, 'authority.pem'), 'utf8')).split('-----BEGIN PRIVATE');
  const door = { server: { port }, authority: { certificate: ca } } as Parameters<typeof send>[0];
  const { status, body } = await send(door, JSON.stringify({ token, csr }));
  assert.equal(status, 200);
  const socket = new WebSocket(started.reach.link, { ca, key, cert: body['certificate']! });
  const heard: TextFrame[] = [];
  const waiting = new Map<string, (frame: TextFrame) => void>();
  const journal = chain();
  let readings = 0;
  socket.on('message', (data: Buffer) => {
    const frame = decodeFrame(data);
    assert.ok(frame.ok);
    heard.push(frame.value);
    waiting.get(frame.value.type)?.(frame.value);
    if (frame.value.type !== 'ask') return;
    const { head } = journal;
    const checked = { records: head.offset, batches: 1 };
    const lists = { broken: [], ledger: [], gaps: [] };
    const answer = {
      epoch,
      head,
      base: { offset: 0, hash: '' },
      checked,
      pending: 0,
      expired: 0,
      journaledReadings: readings,
      ...lists,
    };
    socket.send(encodeFrame('answer', { question: frame.value.body.question, answer }));
  });
  await once(socket, 'open');
  const hear = (type: TextFrame['type']): Promise<TextFrame> => new Promise((resolve) => waiting.set(type, resolve));
  const welcome = hear('welcome');
  socket.send(
    encodeFrame('hello', {
      node,
      epoch,
      head: journal.head,
      base: { offset: 0, hash: '' },
      software: 'test',
      time: systemClock.wall(),
    }),
  );
  await welcome;
  return {
    socket,
    heard,
    async ship(device: string, count: number): Promise<void> {
      const takenAt = systemClock.wall();
      const records = Array.from({ length: count }, (_, i) =>
        encodeReading({
          device,
          boot: 1,
          seq: ++readings,
          takenAt: takenAt + i,
          receivedAt: takenAt,
          values: { temperature: i },
          quality: 0,
        }),
      );
      const acknowledged = hear('acknowledged');
      socket.send(encodeBatch(journal.next(records)));
      await acknowledged;
    },
  };
}

test('cloud: a node enrols, ships, is seen by the API and the feed, and the audit balances on both sides [API-10] [API-14] [API-20]', async () => {
  await using folder = await scratchFolder();
  const cloud = await startedMachine(folder.dir);
  await using _ = cloud.machine;
  const { reach, ask } = cloud;
  const feed = listen(reach.api, { headers: { authorization: `Bearer ${reach.operatorToken}` } });
  assert.equal(await feed.status, 101);
  const node = await enrolledNode(cloud, 'line-3');
  await node.ship('pump-7', 20);
  const event = await feed.next((message) => message.kind === 'reading');
  assert.equal(event.data?.['device'], 'pump-7');
  const device = await ask<{ readingsTotal: number; node: string }>('/v1/devices/pump-7');
  assert.deepEqual([device.readingsTotal, device.node], [20, 'line-3']);
  const { readings } = await ask<{ readings: unknown[] }>(
    `/v1/devices/pump-7/readings?to=${systemClock.wall() + 1_000}`,
  );
  assert.equal(readings.length, 20);
  const { nodes } = await ask<{ nodes: { id: string; online: boolean }[] }>('/v1/nodes');
  assert.deepEqual(
    nodes.map(({ id, online }) => [id, online]),
    [['line-3', true]],
  );

  const audit = await ask<Audit>('/v1/audit');
  assert.deepEqual(
    [audit.balanced, audit.complete, audit.lost, audit.doubled],
    [true, true, 0, 0],
    JSON.stringify(audit),
  );
  assert.equal(audit.nodes[0]?.edge?.head, 20);

  const sent = new Promise<void>((resolve) => node.socket.on('message', () => resolve()));
  const command = await ask<{ id: string; state: string }>('/v1/devices/pump-7/commands', {
    method: 'POST',
    body: { command: 'open' },
  });
  await sent;
  assert.equal(node.heard.at(-1)?.type, 'command');
  node.socket.send(encodeFrame('commandTaken', { id: command.id }));
  const taken = await feed.next(({ kind, data }) => kind === 'command' && data?.['state'] === 'sent');
  assert.equal(taken.data?.['id'], command.id);
  node.socket.terminate();
  await feed.next(({ kind, data }) => kind === 'node' && data?.['id'] === 'line-3' && data['online'] === false);
  const alone = await ask<Audit>('/v1/audit');
  assert.deepEqual([alone.complete, alone.nodes[0]?.online], [false, false]);
  feed.socket.terminate();
});

test('feed: the cookie from our own origin opens it; foreign pages, no token and a token in the address do not [API-23]', async () => {
  await using folder = await scratchFolder();
  const cloud = await startedMachine(folder.dir);
  await using _ = cloud.machine;
  const { reach } = cloud;
  const code = new URL(reach.signInUrl).searchParams.get('code');
  const signIn = await fetch(`${reach.api}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: reach.api },
    body: JSON.stringify({ code }),
  });
  assert.equal(signIn.status, 200);
  const cookie = signIn.headers.get('set-cookie')!.split(';')[0]!;
  const statusOf = async (options: Parameters<typeof listen>[1]): Promise<number> => {
    const one = listen(reach.api, options);
    const status = await one.status;
    one.socket.terminate();
    return status;
  };
  const bearer = { authorization: `Bearer ${reach.operatorToken}` };
  assert.equal(await statusOf({ headers: { cookie, origin: reach.api } }), 101);
  assert.equal(await statusOf({ headers: bearer }), 101);
  assert.equal(await statusOf({ headers: { cookie, origin: 'http://evil.example' } }), 403);
  assert.equal(await statusOf({ headers: { cookie } }), 403);
  assert.equal(await statusOf({}), 401);
  assert.equal(await statusOf({ query: `?token=${reach.operatorToken}` }), 400);
  assert.equal(await statusOf({ query: '?since=x', headers: bearer }), 400);
});

test('feed: a client that was away is given what it missed, by its last sequence [API-21]', async () => {
  await using folder = await scratchFolder();
  const cloud = await startedMachine(folder.dir);
  await using _ = cloud.machine;
  const headers = { authorization: `Bearer ${cloud.reach.operatorToken}` };
  const first = listen(cloud.reach.api, { headers });
  const hello = await first.next(({ kind }) => kind === 'hello');
  first.socket.terminate();
  const { hub } = cloud.machine.plane;
  const data = { device: 'd', node: 'n', takenAt: 1, values: {}, readingsTotal: 1 };
  for (let i = 0; i < 3; i++) hub.publish({ kind: 'reading', data: { ...data, readingsTotal: i } });
  const again = listen(cloud.reach.api, { headers, query: `?since=${hello.sequence}` });
  await again.next(({ data: view }) => view?.['readingsTotal'] === 2);
  assert.equal(again.heard[0]?.resumed, true);
  assert.deepEqual(
    again.heard.slice(1).map(({ sequence }) => sequence - hello.sequence),
    [1, 2, 3],
  );
  again.socket.terminate();
});

test('cloud: the first start makes authority and token, for their owner alone, and the next finds them [API-25]', async () => {
  await using folder = await scratchFolder();
  const first = await startedMachine(folder.dir);
  const { fingerprint, operatorToken } = first.reach;
  const data = first.data;
  await first.machine.stop();
  for (const name of [tokenFile, 'authority.pem']) assert.equal((await stat(join(data, name))).mode & 0o777, 0o600);
  assert.equal((await stat(data)).mode & 0o777, 0o700);
  assert.equal((await readFile(join(data, tokenFile), 'utf8')).trim(), operatorToken);

  const second = await startedMachine(folder.dir);
  assert.deepEqual([second.reach.fingerprint, second.reach.operatorToken], [fingerprint, operatorToken]);
  assert.deepEqual(await second.ask('/v1/session'), { operator: 'operator' });
  await second.machine.stop();

  await rm(join(data, tokenFile));
  const third = await startedMachine(folder.dir);
  assert.notEqual(third.reach.operatorToken, operatorToken);
  assert.deepEqual(await third.ask('/v1/session'), { operator: 'operator' });
  await third.machine.stop();
});

test('cloud: a taken port ends the start with its fault, and all that had started stops [API-24]', async () => {
  await using folder = await scratchFolder();
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  try {
    await assert.rejects(startedMachine(folder.dir, { 'api.port': `${port}` }), (cause) => {
      assert.ok(isFault(cause, 'PORT_TAKEN'));
      assert.ok(cause.message.includes(`'sport = :${port}'`) && cause.message.includes('SELVEDGE_CLOUD_API_PORT'));
      return true;
    });
  } finally {
    holder.close();
  }
  await (await startedMachine(folder.dir)).machine.stop();
});
