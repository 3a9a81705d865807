import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { installed, makeCertificates } from './support/certificates.ts';
import { listenOn, portOf } from './support/sockets.ts';
import { connect } from './support/wire.ts';

const skip = installed('openssl') ? false : 'openssl is not installed';

/** What a TLS client that knows nothing of MQTT is answered to these bytes, and what it says of the handshake. */
async function sClient(port: number, bytes: Uint8Array, ...options: readonly string[]) {
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-quiet', ...options]);
  let told = '';
  child.stderr.on('data', (part: Buffer) => (told += part.toString()));
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => {
    parts.push(part);
    // CONNACK is all that is waited for.
    if (Buffer.concat(parts).length >= 4) child.kill();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(bytes);
  await new Promise((resolve) => child.on('close', resolve));
  return { answer: Buffer.concat(parts).toString('hex'), told };
}

test('openssl: TLS from 1.2 on, with a certificate of the configured authority where one is wanted, and CONNACK behind it', {
  skip,
}, async () => {
  const [ours, theirs] = [makeCertificates(), makeCertificates()];
  const at = (kind: typeof ours) => ['-cert', `${kind.dir}/client.pem`, '-key', `${kind.dir}/client.key`];
  const tls = { ...ours.server, ca: ours.ca, requestCert: true };
  await using broker = await listenOn([{ transport: 'tls', host: '127.0.0.1', port: 0, tls }]);
  const hello = connect({ clientId: 'by-hand' });
  const ask = (...options: readonly string[]) => sClient(portOf(broker), hello, ...options);
  const trusted = ['-CAfile', `${ours.dir}/ca.pem`, '-verify_return_error'];
  for (const version of ['-tls1_2', '-tls1_3'])
    assert.equal((await ask(...trusted, ...at(ours), version)).answer, '20020000', version);
  assert.equal((await ask(...trusted, ...at(ours), '-tls1_1')).answer, '');
  assert.equal((await ask(...trusted)).answer, '', 'without a certificate');
  assert.equal((await ask(...trusted, ...at(theirs))).answer, '', 'of another authority');
  assert.match(
    (await ask('-CAfile', `${theirs.dir}/ca.pem`, '-verify_return_error', ...at(ours))).told,
    /verify error/,
  );
  await broker.stop();
  ours.remove();
  theirs.remove();
});
