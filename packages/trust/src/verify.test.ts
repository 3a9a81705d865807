import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { days, hours } from '@selvedge/kernel';
import { type Authority, createAuthority, type KeyedCertificate } from './authority.ts';
import { createNodeRequest, type NodeRequest, readNodeRequest } from './request.ts';
import { verifyNode, verifyPinned } from './verify.ts';
import { now, worldAt } from './world.fixture.ts';
import * as x509 from './x509.ts';

let mine: Authority;
let other: Authority;
let request: NodeRequest;
let node: string;
let server: string;
test.before(async () => {
  // Equal names, so that only keys tell them apart.
  mine = await createAuthority({ name: 'Selvedge' }, worldAt());
  other = await createAuthority({ name: 'Selvedge' }, worldAt());
  const read = await readNodeRequest((await createNodeRequest('n1')).request);
  assert.ok(read.ok);
  request = read.value;
  node = await mine.signNode(request, 'n1');
  server = (await mine.issueServer({ names: ['localhost'] })).certificate;
});

const der = (pem: string): Uint8Array => new X509Certificate(pem).raw;

test('verify: a node certificate tells its node, in PEM and in DER [TRU-9]', async () => {
  assert.deepEqual(await verifyNode(node, mine.certificate, now), { ok: true, value: 'n1' });
  assert.deepEqual(await verifyNode(der(node), der(mine.certificate), now), { ok: true, value: 'n1' });
});

test('verify: a certificate of another authority, of another use, or of another time is refused with why [TRU-9]', async () => {
  const cases: readonly [string, string, number, RegExp][] = [
    [await other.signNode(request, 'n1'), mine.certificate, now, /not issued by this authority/],
    [server, mine.certificate, now, /another use/],
    [node, mine.certificate, now - hours(2), /valid from 2026-03-01T11:00:00/],
    [node, mine.certificate, now + days(366), /was valid until 2027-03-01T12:00:00/],
    [mine.certificate, mine.certificate, now, /is an authority itself/],
    [node, node, now, /its issuer is not an authority/],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', mine.certificate, now, /cannot be read/],
    ['', mine.certificate, now, /cannot be read/],
  ];
  for (const [certificate, authority, at, why] of cases) {
    const verdict = await verifyNode(certificate, authority, at);
    assert.equal(verdict.ok, false);
    assert.match(verdict.ok ? '' : verdict.why, why);
  }
});

test('verify: one byte changed anywhere in a node certificate is never taken for the node it was issued to [TRU-9]', async () => {
  const bytes = der(node);
  for (let at = 0; at < bytes.length; at += 7) {
    const forged = Uint8Array.from(bytes);
    forged[at]! ^= 1;
    const verdict = await verifyNode(forged, mine.certificate, now);
    assert.equal(verdict.ok, false, `byte ${at}`);
  }
});

test('verify: a certificate whose common name and node URI differ names no node [TRU-10]', async () => {
  const ofTwoMinds = await certificateOfTwoMinds(await mine.export());
  const verdict = await verifyNode(ofTwoMinds, mine.certificate, now);
  assert.deepEqual(verdict, { ok: false, why: 'common name "n1" and node URI do not name one node' });
});

test('verify: a server is believed before anything else is known, by the fingerprint alone [TRU-11]', async () => {
  const chain = [der(server), der(mine.certificate)];
  assert.deepEqual(await verifyPinned(chain, mine.fingerprint, now), { ok: true, value: mine.certificate });
  const refusals: readonly [readonly Uint8Array[], string, RegExp][] = [
    [chain, other.fingerprint, /did not show the authority/],
    [[der(server)], mine.fingerprint, /did not show the authority/],
    [[], mine.fingerprint, /did not show the authority/],
    [[Uint8Array.of(1, 2, 3)], mine.fingerprint, /did not show the authority/],
    // Somebody in the middle shows the true authority, which is public, behind a server certificate of his own.
    [
      [der((await other.issueServer({ names: ['localhost'] })).certificate), der(mine.certificate)],
      mine.fingerprint,
      /not issued by/,
    ],
    [[der(node), der(mine.certificate)], mine.fingerprint, /another use/],
  ];
  for (const [shown, fingerprint, why] of refusals) {
    const verdict = await verifyPinned(shown, fingerprint, now);
    assert.match(verdict.ok ? 'taken' : verdict.why, why);
  }
});

/** A certificate that the authority's own key signed, with a URI that does not fit its common name. */
async function certificateOfTwoMinds(authority: KeyedCertificate): Promise<string> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const bytes = Buffer.from(authority.key.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const signingKey = await crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: '41',
    subject: 'CN=n1',
    issuer: issuer.subjectName,
    notBefore: new Date(now),
    notAfter: new Date(now + days(1)),
    publicKey: request.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: 'urn:selvedge:node:n2' }]),
    ],
  });
  return made.toString('pem');
}
