import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { isFault, seededEntropy } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { createAuthority, encodeEnrolmentToken, readNodeRequest } from '@selvedge/trust';
import { identity } from './identity.ts';

const secret = 'a-secret-of-some-length';
const names = ['localhost', '127.0.0.1'];

/** A cloud's door that enrols one key with the secret; what becomes of each answer is told beforehand. */
async function door(t: TestContext) {
  const world = { clock: systemClock, entropy: seededEntropy(1) };
  const authority = await createAuthority({ name: 'Selvedge' }, world);
  const issued = await authority.issueServer({ names });
  const keys: string[] = [];
  const fates: ('lost' | 'before')[] = [];
  let filesWhenAsked: readonly string[] = [];
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-identity-'));
  const server = createServer({ key: issued.key, cert: issued.certificate + authority.certificate });
  server.on('request', async (request, response) => {
    const fate = fates.shift();
    if (fate === 'before') return void request.socket.destroy();
    filesWhenAsked = await readdir(join(dir, 'identity'));
    const { token, csr } = (await json(request)) as { token: string; csr: string };
    const asked = await readNodeRequest(csr);
    assert.ok(asked.ok && token.endsWith(secret));
    keys.push(Buffer.from(asked.value.publicKey.rawData).toString('hex'));
    if (fate === 'lost') return void request.socket.destroy();
    if (keys[0] !== keys.at(-1)) return void response.writeHead(403).end('{"code":"ENROL_REFUSED"}');
    const certificate = await authority.signNode(asked.value, 'n1');
    const doorCertificate = await authority.signDoor(asked.value, { names });
    response.end(JSON.stringify({ certificate, door: doorCertificate, ca: authority.certificate }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  const token = encodeEnrolmentToken({ fingerprint: authority.fingerprint, secret });
  const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/link`;
  return {
    keys,
    fates,
    dir: join(dir, 'identity'),
    filesWhenAsked: () => filesWhenAsked,
    /** A start of the node; without a token it must be enrolled already. */
    start: (own = token) => identity({ dir: join(dir, 'identity'), node: 'n1', url, names, token: own }),
  };
}

const isUnreachable = (cause: unknown): boolean => isFault(cause, 'LINK_UNREACHABLE');

test('identity: the key is on the disk before the token is shown, and goes with the certificate [LNK-55]', async (t) => {
  const cloud = await door(t);
  const mine = await cloud.start()();
  assert.deepEqual(cloud.filesWhenAsked(), ['key.pem']);
  assert.ok(new X509Certificate(mine.certificate).checkPrivateKey(createPrivateKey(mine.key)));
  assert.deepEqual(await cloud.start('')(), mine);
});

test('identity: after a lost answer it asks again with the same key and the same token, and is enrolled [LNK-55]', async (t) => {
  const cloud = await door(t);
  cloud.fates.push('before', 'lost', 'lost');
  const mine = cloud.start();
  for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(mine(), isUnreachable);
  const { key } = await mine();
  assert.deepEqual([cloud.keys.length, new Set(cloud.keys).size], [3, 1]);
  assert.equal(await readFile(join(cloud.dir, 'key.pem'), 'utf8'), key);
});

test('identity: a power cut between the answer and the last file costs no token [LNK-55]', async (t) => {
  const cloud = await door(t);
  const first = await cloud.start()();
  // What is left of each moment: the files are written one after the other, the certificate last.
  for (const gone of [1, 2, 3]) {
    for (const name of ['certificate.pem', 'door.pem', 'authority.pem'].slice(0, gone)) await rm(join(cloud.dir, name));
    const again = await cloud.start()();
    assert.equal(again.key, first.key);
  }
  assert.equal(new Set(cloud.keys).size, 1);
});

test('identity: those who ask while the node is enrolled wait for the one enrolment [LNK-55]', async (t) => {
  const cloud = await door(t);
  const mine = cloud.start();
  const [one, other] = await Promise.all([mine(), mine()]);
  assert.equal(one, other);
  assert.equal(cloud.keys.length, 1);
});

test('identity: a key file that holds no key is named, and not written over', async (t) => {
  const cloud = await door(t);
  await cloud.start()();
  await rm(join(cloud.dir, 'certificate.pem'));
  await writeFile(join(cloud.dir, 'key.pem'), 'no key');
  await assert.rejects(
    cloud.start()(),
    (cause) => isFault(cause, 'EDGE_KEY_UNREADABLE') && /key\.pem/.test(cause.message),
  );
  assert.equal(await readFile(join(cloud.dir, 'key.pem'), 'utf8'), 'no key');
});
