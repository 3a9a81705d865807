import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { type Authority, createAuthority } from './authority.ts';
import { createNodeRequest, readNodeRequest } from './request.ts';
import { verifyNode } from './verify.ts';

const run = promisify(execFile);
const openssl = async (...args: string[]): Promise<string> => (await run('openssl', args, { cwd: scratch })).stdout;

let scratch: string;
let authority: Authority;
test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'selvedge-openssl-'));
  authority = await createAuthority({ name: 'Selvedge' }, { clock: systemClock, entropy: systemEntropy });
  await writeFile(join(scratch, 'ca.pem'), authority.certificate);
});
test.after(() => rm(scratch, { recursive: true }));

test('openssl: it verifies our server for its names and our node for its use [TRU-2] [TRU-4]', async () => {
  const server = await authority.issueServer({ names: ['localhost', '127.0.0.1', '::1', 'hub.lan'] });
  await writeFile(join(scratch, 'server.pem'), server.certificate);
  for (const name of [
    ['-verify_hostname', 'hub.lan'],
    ['-verify_ip', '127.0.0.1'],
    ['-verify_ip', '::1'],
  ])
    assert.match(
      await openssl('verify', '-x509_strict', '-CAfile', 'ca.pem', '-purpose', 'sslserver', ...name, 'server.pem'),
      /OK/,
    );
  await assert.rejects(openssl('verify', '-CAfile', 'ca.pem', '-purpose', 'sslclient', 'server.pem'));
  await assert.rejects(openssl('verify', '-CAfile', 'ca.pem', '-verify_hostname', 'bank.example', 'server.pem'));

  const read = await readNodeRequest((await createNodeRequest('x')).request);
  assert.ok(read.ok);
  for (const node of ['n1', 'ip-10-0-0-1.region.compute.example']) {
    await writeFile(join(scratch, 'node.pem'), await authority.signNode(read.value, node));
    const verdict = await openssl('verify', '-x509_strict', '-CAfile', 'ca.pem', '-purpose', 'sslclient', 'node.pem');
    assert.match(verdict, /OK/);
  }
  await assert.rejects(openssl('verify', '-CAfile', 'ca.pem', '-purpose', 'sslserver', 'node.pem'));
});

test('openssl: it reads in our authority what we wrote into it [TRU-1] [TRU-3]', async () => {
  const text = await openssl('x509', '-in', 'ca.pem', '-noout', '-text');
  assert.match(text, /Version: 3/);
  assert.match(text, /ASN1 OID: prime256v1/);
  assert.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
  assert.match(text, /Key Usage: critical\s+Certificate Sign, CRL Sign/);
  assert.match(text, /Name Constraints: critical\s+Permitted:\s+DNS:localhost/);
  assert.match(text, /IP:10\.0\.0\.0\/255\.0\.0\.0/);
  const digest = await openssl('x509', '-in', 'ca.pem', '-noout', '-fingerprint', '-sha256');
  assert.equal(digest.split('=')[1]!.trim().replaceAll(':', '').toLowerCase(), authority.fingerprint);
});

test("openssl: a certificate beyond the permitted names fails there too, signed with the authority's own key [TRU-3]", async () => {
  await writeFile(join(scratch, 'ca.key'), (await authority.export()).key);
  await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'evil.key');
  await openssl('req', '-new', '-key', 'evil.key', '-subj', '/CN=bank.example', '-out', 'evil.csr');
  await writeFile(join(scratch, 'evil.ext'), 'subjectAltName=DNS:bank.example\n');
  await openssl(
    'x509',
    '-req',
    '-in',
    'evil.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-set_serial',
    '7',
    '-extfile',
    'evil.ext',
    '-out',
    'evil.pem',
  );
  await assert.rejects(openssl('verify', '-CAfile', 'ca.pem', 'evil.pem'), (cause: { stderr: string }) => {
    assert.match(cause.stderr, /permitted subtree violation/);
    return true;
  });
});

test('openssl: a request that it made is signed, and the certificate names the node [TRU-12]', async () => {
  await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'node.key');
  const read = await readNodeRequest(await openssl('req', '-new', '-key', 'node.key', '-subj', '/CN=anything'));
  assert.ok(read.ok);
  const certificate = await authority.signNode(read.value, 'n7');
  assert.deepEqual(await verifyNode(certificate, authority.certificate, Date.now()), { ok: true, value: 'n7' });
  const weak = await openssl(
    'req',
    '-new',
    '-newkey',
    'rsa:1024',
    '-nodes',
    '-keyout',
    'rsa.key',
    '-subj',
    '/CN=anything',
  );
  assert.equal((await readNodeRequest(weak)).ok, false);
});
