import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNodeRequest, readNodeRequest } from './request.ts';
import * as x509 from './x509.ts';

test('request: what a node asks for is read, and its key stays its own [TRU-12]', async () => {
  const { request, key } = await createNodeRequest('n1');
  assert.match(request, /^-----BEGIN CERTIFICATE REQUEST-----/);
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  const read = await readNodeRequest(request);
  assert.ok(read.ok);
  assert.equal(read.value.publicKey.algorithm.name, 'ECDSA');
  const again = await createNodeRequest('n1', key);
  const reread = await readNodeRequest(again.request);
  assert.deepEqual(
    reread.ok && new Uint8Array(reread.value.publicKey.rawData),
    new Uint8Array(read.value.publicKey.rawData),
  );
  assert.equal(again.key, key);
  await assert.rejects(createNodeRequest('n1', 'no key'), /not a PRIVATE KEY/);
});

test('request: what is no request, is not signed with its own key, or has another key is refused with why [TRU-12]', async () => {
  const { request } = await createNodeRequest('n1');
  const der = Buffer.from(request.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  der[der.length - 1]! ^= 1;
  const forged = x509.PemConverter.encode(der, 'CERTIFICATE REQUEST');
  const rsaKeys = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  );
  const rsa = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=n1',
    keys: rsaKeys,
    signingAlgorithm: { name: 'RSASSA-PKCS1-v1_5' },
  });
  const cases: readonly [string, RegExp][] = [
    ['', /not a CERTIFICATE REQUEST/],
    ['-----BEGIN CERTIFICATE REQUEST-----\n!!\n-----END CERTIFICATE REQUEST-----', /cannot be read/],
    [`${request}${' '.repeat(9_000)}`, /8192 are allowed/],
    [forged, /not signed with its own key|cannot be read/],
    [rsa.toString('pem'), /not ECDSA P-256/],
  ];
  for (const [pem, why] of cases) {
    const read = await readNodeRequest(pem);
    assert.match(read.ok ? 'taken' : read.why, why);
  }
});
