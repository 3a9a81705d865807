import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { days, hours, isFault, minutes, seededEntropy } from '@selvedge/kernel';
import { type Authority, createAuthority, openAuthority } from './authority.ts';
import { readCertificate } from './certificate.ts';
import { createNodeRequest, readNodeRequest } from './request.ts';
import { verifyNode } from './verify.ts';
import { now, worldAt } from './world.fixture.ts';

const requestOf = async (node: string) => {
  const { request } = await createNodeRequest(node);
  const read = await readNodeRequest(request);
  assert.ok(read.ok);
  return read.value;
};

const factsOf = (pem: string) => {
  const read = readCertificate(pem);
  assert.ok(read.ok, read.ok ? '' : read.why);
  return read.value;
};

let authority: Authority;
test.before(async () => {
  authority = await createAuthority(
    { name: 'Selvedge of plant 3', names: ['plant3.example', '203.0.113.7'] },
    worldAt(),
  );
});

test('authority: it is a P-256 authority of its own for 10 years, which node:crypto can read [TRU-1]', () => {
  const certificate = new X509Certificate(authority.certificate);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.subject, 'CN=Selvedge of plant 3');
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(factsOf(authority.certificate).notAfter, now + days(3_652));
  assert.equal(certificate.fingerprint256.replaceAll(':', '').toLowerCase(), authority.fingerprint);
});

test('authority: a server certificate has the names that were asked for, for a year, from an hour ago [TRU-2]', async () => {
  const names = ['localhost', '127.0.0.1', '::1', 'gateway.lan', 'plant3.example', '203.0.113.7'];
  const issued = await authority.issueServer({ names });
  const certificate = new X509Certificate(issued.certificate);
  for (const name of ['localhost', 'gateway.lan', 'plant3.example']) assert.ok(certificate.checkHost(name), name);
  for (const address of ['127.0.0.1', '::1', '203.0.113.7']) assert.ok(certificate.checkIP(address), address);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  const facts = factsOf(issued.certificate);
  assert.equal(facts.notBefore, now - hours(1));
  assert.equal(facts.notAfter, now + days(365));
  assert.match(issued.key, /^-----BEGIN PRIVATE KEY-----/);
});

test('authority: it certifies no public name that it was not created for [TRU-3]', async () => {
  for (const name of ['bank.example', 'plant3.example.org', '203.0.113.8', '2001:db8::1']) {
    await assert.rejects(authority.issueServer({ names: ['localhost', name] }), (cause) => {
      assert.ok(isFault(cause, 'TRUST_NAME_FORBIDDEN'));
      assert.ok(cause.message.includes(name));
      return true;
    });
  }
  await assert.rejects(authority.issueServer({ names: [] }), (cause) => isFault(cause, 'TRUST_NAME_FORBIDDEN'));
});

test('authority: a node certificate names the node twice, for a year, for client authentication alone [TRU-4]', async () => {
  const pem = await authority.signNode(await requestOf('something-else'), 'line-3.plant');
  const certificate = new X509Certificate(pem);
  assert.equal(certificate.subject, 'CN=line-3.plant');
  assert.match(certificate.subjectAltName ?? '', /URI:urn:selvedge:node:line-3\.plant/);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(certificate.ca, false);
  assert.equal(factsOf(pem).node, 'line-3.plant');
  assert.equal(factsOf(pem).notAfter, now + days(365));
});

test('authority: a door certificate is for a server with these names and the key of the request, never for a public name [TRU-15]', async () => {
  const request = await requestOf('line-3');
  const certificate = new X509Certificate(await authority.signDoor(request, { names: ['localhost', '127.0.0.1'] }));
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(certificate.checkHost('localhost'), 'localhost');
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  const node = new X509Certificate(await authority.signNode(request, 'line-3'));
  assert.equal(certificate.publicKey.equals(node.publicKey), true);
  await assert.rejects(authority.signDoor(request, { names: ['bank.example'] }), (cause) =>
    isFault(cause, 'TRUST_NAME_FORBIDDEN'),
  );
});

test('authority: a name that is no node id is not certified [TRU-5]', async () => {
  const request = await requestOf('x');
  for (const node of ['', 'a b', '-a', 'a/', 'ä', '*', 'a'.repeat(65), 'a\u0000b']) {
    await assert.rejects(authority.signNode(request, node), (cause) => isFault(cause, 'TRUST_NODE_INVALID'), node);
  }
});

test('authority: exported and opened again it is the same authority, with the same limits [TRU-6]', async () => {
  const again = await openAuthority(await authority.export(), worldAt());
  assert.equal(again.fingerprint, authority.fingerprint);
  const pem = await again.signNode(await requestOf('n1'), 'n1');
  assert.deepEqual(await verifyNode(pem, authority.certificate, now), { ok: true, value: 'n1' });
  await again.issueServer({ names: ['plant3.example'] });
  await assert.rejects(again.issueServer({ names: ['bank.example'] }), (cause) =>
    isFault(cause, 'TRUST_NAME_FORBIDDEN'),
  );
});

test('authority: what was damaged or mixed up on disk is not opened [TRU-6]', async () => {
  const mine = await authority.export();
  const other = await (await createAuthority({ name: 'other' }, worldAt())).export();
  const server = await authority.issueServer({ names: ['localhost'] });
  for (const saved of [
    { certificate: mine.certificate, key: other.key },
    { certificate: mine.certificate, key: '' },
    { certificate: mine.certificate.slice(0, 200), key: mine.key },
    { certificate: server.certificate, key: server.key },
  ]) {
    await assert.rejects(openAuthority(saved, worldAt()), (cause) => isFault(cause, 'TRUST_KEYS_DAMAGED'));
  }
});

test('authority: serial numbers come from the lent entropy, positive and never twice [TRU-7]', async () => {
  const world = { ...worldAt(), entropy: seededEntropy(1) };
  const first = await createAuthority({ name: 'a' }, world);
  const again = await createAuthority({ name: 'a' }, { ...worldAt(), entropy: seededEntropy(1) });
  assert.equal(factsOf(first.certificate).serial, factsOf(again.certificate).serial);
  const serials = new Set([factsOf(first.certificate).serial]);
  for (let i = 0; i < 20; i++)
    serials.add(factsOf((await first.issueServer({ names: ['localhost'] })).certificate).serial);
  assert.equal(serials.size, 21);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/);
});

test('authority: lives are as long as asked for [TRU-8]', async () => {
  const short = await authority.issueServer({ names: ['localhost'], life: minutes(5) });
  assert.equal(factsOf(short.certificate).notAfter, now + minutes(5));
  const node = await authority.signNode(await requestOf('n'), 'n', { life: hours(2) });
  assert.equal(factsOf(node).notAfter, now + hours(2));
});
