import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { isFault, millis, seconds, seededEntropy } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { frameSizeMax } from '@selvedge/protocol';
import { createAuthority, createNodeRequest, encodeEnrolmentToken, verifyNode, verifyPinned } from '@selvedge/trust';
import { dial, identityOf, type Started, send, shownChain, startedServer } from './server.fixture.ts';
import { linkServer } from './server.ts';

let started: Started;
test.before(async () => {
  started = await startedServer();
});
test.after(() => started.server.stop());

test('link door: a node with a certificate of ours gets in under the name it was issued to [LNK-23]', async () => {
  const { socket, status } = await dial(started, await identityOf(started.authority, 'line-3.plant'));
  assert.equal(status, 101);
  const { node, connection } = started.accepted.at(-1)!;
  assert.equal(node, 'line-3.plant');

  const heard = once(socket, 'message');
  assert.equal(connection.send(Uint8Array.of(1, 2, 3)), true);
  const [data, isBinary] = await heard;
  assert.deepEqual([[...data], isBinary], [[1, 2, 3], true]);

  const frame = Promise.withResolvers<Buffer>();
  connection.onFrame(frame.resolve);
  const closed = Promise.withResolvers<string>();
  connection.onClose(closed.resolve);
  socket.send(Buffer.from([9, 8]));
  assert.deepEqual([...(await frame.promise)], [9, 8]);
  connection.close('LINK_FORK');
  const [code, reason] = await once(socket, 'close');
  assert.deepEqual([code, String(reason)], [4_000, 'LINK_FORK']);
  await closed.promise;
  assert.equal(connection.send(Uint8Array.of(1)), false);
});

test('link door: no certificate, a forged, an outlived or a foreign one gets 401, and nobody gets in [LNK-23]', async () => {
  const world = { clock: systemClock, entropy: seededEntropy(2) };
  // The forger knows everything but the key: the same name, the same node.
  const forger = await createAuthority({ name: 'Selvedge' }, world);
  const past = { ...systemClock, wall: () => systemClock.wall() - 3_600_000 };
  const outlived = await createAuthority({ name: 'Selvedge' }, { ...world, clock: past });
  const before = started.accepted.length;
  const identities = {
    none: {},
    forged: await identityOf(forger, 'n1'),
    foreign: await identityOf(outlived, 'n1', { life: seconds(1) }),
    outlived: await identityOf(started.authority, 'n1', { life: millis(-1_000) }),
  };
  for (const [name, identity] of Object.entries(identities)) {
    const { status, code } = await dial(started, identity);
    assert.deepEqual([status, code], [401, 'LINK_CERTIFICATE_REFUSED'], name);
  }
  const server = await started.authority.issueServer({ names: ['localhost'] });
  const { status } = await dial(started, { key: server.key, cert: server.certificate });
  assert.equal(status, 401, "a server's certificate is not a node's");
  assert.equal((await dial(started, await identityOf(started.authority, 'n1'), '/other')).status, 404);
  assert.equal(started.accepted.length, before);
});

test('link door: text, and more than a frame may have, end the link [LNK-24]', async () => {
  const identity = await identityOf(started.authority, 'n1');
  const text = (await dial(started, identity)).socket;
  started.accepted.at(-1)!.connection.onFrame(() => assert.fail('text is no frame'));
  text.send('{"hello":1}');
  assert.equal((await once(text, 'close'))[0], 1_003);
  const large = (await dial(started, identity)).socket;
  large.send(Buffer.alloc(frameSizeMax + 1));
  assert.equal((await once(large, 'close'))[0], 1_009);
});

/** A token whose secret is good for one node. */
function tokenFor(node: string, secret = `secret-for-${node}-0123456789`): string {
  started.secrets.set(secret, node);
  return encodeEnrolmentToken({ fingerprint: started.authority.fingerprint, secret });
}

test('enrolment: a token and a request become a certificate that opens the link, once [LNK-25] [LNK-26] [LNK-29]', async () => {
  const token = tokenFor('n7');
  const pinned = await verifyPinned(
    await shownChain(started.server.port),
    started.authority.fingerprint,
    systemClock.wall(),
  );
  assert.deepEqual(pinned, { ok: true, value: started.authority.certificate });

  const { request: csr, key } = await createNodeRequest('whatever it says');
  const { status, body } = await send(started, JSON.stringify({ token, csr }));
  assert.equal(status, 200);
  assert.equal(body['ca'], started.authority.certificate);
  assert.deepEqual(await verifyNode(body['certificate']!, body['ca']!, systemClock.wall()), { ok: true, value: 'n7' });
  const { socket } = await dial(started, { key, cert: body['certificate']! });
  assert.equal(started.accepted.at(-1)!.node, 'n7');
  socket.terminate();

  const other = await createNodeRequest('whatever it says');
  const again = await send(started, JSON.stringify({ token, csr: other.request }));
  assert.deepEqual([again.status, again.body['code']], [403, 'ENROL_REFUSED']);
});

test('enrolment: who lost the answer asks again with the same key, and gets in [LNK-26]', async () => {
  const token = tokenFor('n10');
  const { request: first, key } = await createNodeRequest('n10');
  assert.equal((await send(started, JSON.stringify({ token, csr: first }))).status, 200);
  // A request is signed anew each time; it is the key that is the same.
  const { request: second } = await createNodeRequest('n10', key);
  assert.notEqual(second, first);
  const { status, body } = await send(started, JSON.stringify({ token, csr: second }));
  assert.equal(status, 200);
  const { socket } = await dial(started, { key, cert: body['certificate']! });
  assert.equal(started.accepted.at(-1)!.node, 'n10');
  socket.terminate();
});

test('enrolment: unknown and foreign tokens are refused [LNK-26]', async () => {
  const { request: csr } = await createNodeRequest('n1');
  const unknown = encodeEnrolmentToken({ fingerprint: started.authority.fingerprint, secret: 'nobody-issued-this-1' });
  const secret = 'a-good-secret-of-n8-1';
  started.secrets.set(secret, 'n8');
  const foreign = encodeEnrolmentToken({ fingerprint: 'f'.repeat(64), secret });
  for (const token of [unknown, foreign]) {
    const { status, body } = await send(started, JSON.stringify({ token, csr }));
    assert.deepEqual([status, body['code']], [403, 'ENROL_REFUSED']);
  }
  assert.ok(!started.usedBy.has(secret), 'a token for another authority is not used up');
});

test('enrolment: what is malformed is named and costs no token [LNK-27]', async () => {
  const token = tokenFor('n9');
  const { request: csr } = await createNodeRequest('n9');
  const wrong: readonly [string | Buffer, RegExp][] = [
    ['', /not JSON/],
    ['{', /not JSON/],
    ['null', /token/],
    [JSON.stringify({ token, csr: 7 }), /csr/],
    [JSON.stringify({ token: 'sv1.x', csr }), /3 parts/],
    [JSON.stringify({ token, csr: 'x' }), /CERTIFICATE REQUEST/],
    [JSON.stringify({ token, csr: csr.replaceAll('M', 'N') }), /certificate request cannot be used/],
    [Buffer.alloc(20_000, 0x20), /more than 16384 bytes/],
  ];
  for (const [body, why] of wrong) {
    const answer = await send(started, body);
    assert.deepEqual([answer.status, answer.body['code']], [400, 'ENROL_INVALID']);
    assert.match(JSON.stringify(answer.body), why);
  }
  assert.equal((await send(started, JSON.stringify({ token, csr }))).status, 200);
  assert.equal((await send(started, '{}', '/enrol', 'PUT')).status, 404);
  assert.equal((await send(started, '{}', '/v1/nodes')).status, 404);
});

test('enrolment: whoever guesses must wait [LNK-28]', async () => {
  const strict = await startedServer({ failuresMax: 3 });
  try {
    const { request: csr } = await createNodeRequest('n1');
    const guess = (secret: string) => {
      const token = encodeEnrolmentToken({ fingerprint: strict.authority.fingerprint, secret });
      return send(strict, JSON.stringify({ token, csr }));
    };
    for (let i = 0; i < 3; i++) assert.equal((await guess(`guess-number-000${i}-x`)).status, 403);
    strict.secrets.set('the-right-secret-1', 'n1');
    const { status, body, retryAfter } = await guess('the-right-secret-1');
    assert.deepEqual([status, body['code']], [429, 'ENROL_LIMITED']);
    assert.ok(Number(retryAfter) > 290 && Number(retryAfter) <= 300);
    assert.ok(!strict.usedBy.has('the-right-secret-1'));
  } finally {
    await strict.server.stop();
  }
});

test('link door: when it stops, nodes are told, and one that does not answer does not hold it up [LNK-23]', async () => {
  const stopping = await startedServer();
  const polite = await dial(stopping, await identityOf(stopping.authority, 'n1'));
  const rude = await dial(stopping, await identityOf(stopping.authority, 'n2'));
  rude.socket.pause();
  const told = once(polite.socket, 'close');
  const began = systemClock.ticks();
  await stopping.server.stop();
  assert.ok(systemClock.ticks() - began < 10_000);
  const [code, reason] = await told;
  assert.deepEqual([code, String(reason)], [1_001, 'the cloud stops']);
  rude.socket.terminate();
});

test('link door: a taken port is named, with its option and how to see who holds it [LNK-30]', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  try {
    const { authority } = started;
    const parts = { authority, clock: systemClock } as Parameters<typeof linkServer>[1];
    const late = linkServer({ host: '127.0.0.1', port, names: ['localhost'] }, parts);
    await assert.rejects(late.start(new AbortController().signal), (cause) => {
      assert.ok(isFault(cause, 'PORT_TAKEN'));
      assert.ok(cause.message.includes(`sport = :${port}`) && cause.message.includes('--link.port'));
      return true;
    });
    await late.stop();
  } finally {
    holder.close();
  }
});
