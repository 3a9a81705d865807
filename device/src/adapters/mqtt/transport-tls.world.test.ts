import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { millis, seconds } from '@selvedge/kernel';
import { findCommand, freePort, Missing, needs, startMosquitto } from '../../../../tools/world.ts';
import { type Device, type DeviceOptions, device } from '../../index.ts';

const run = promisify(execFile);

/** An authority `name` in `dir` that nobody but this test trusts. */
async function authority(openssl: string, dir: string, name: string) {
  const file = (leaf: string): string => join(dir, leaf);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const self = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), '-subj', `/CN=${name}`];
  await run(openssl, ['req', '-x509', ...curve, ...self]);
  const issuer = ['-CA', file(`${name}.pem`), '-CAkey', file(`${name}.key`)];
  return {
    certificate: await readFile(file(`${name}.pem`), 'utf8'),
    async issue(leaf: string) {
      const about = ['-keyout', file(`${leaf}.key`), '-out', file(`${leaf}.pem`), '-subj', `/CN=${leaf}`];
      const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'];
      await run(openssl, ['req', '-x509', ...curve, ...issuer, ...about, ...names]);
      const [certificate, key] = await Promise.all(
        ['pem', 'key'].map((end) => readFile(file(`${leaf}.${end}`), 'utf8')),
      );
      return { certificate: certificate!, key: key! };
    },
  };
}

/** Mosquitto that asks for a certificate, and knows one name with its password. */
async function stage(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-device-tls-'));
  const port = await freePort();
  const found = await needs(t, async () => {
    const openssl = findCommand('openssl');
    if (!openssl) throw new Missing('openssl is not installed', 'apt-get install openssl');
    const ours = await authority(openssl, dir, 'ours');
    await ours.issue('edge');
    const config = [
      `password_file ${join(dir, 'names')}`,
      `listener ${port} 127.0.0.1`,
      `cafile ${join(dir, 'ours.pem')}`,
      `certfile ${join(dir, 'edge.pem')}`,
      `keyfile ${join(dir, 'edge.key')}`,
      'require_certificate true',
    ].join('\n');
    await writeFile(join(dir, 'names'), '', { mode: 0o600 });
    const broker = await startMosquitto({ config });
    return { broker, ours, pump: await ours.issue('pump-7'), other: await authority(openssl, dir, 'other') };
  });
  if (!found) return rm(dir, { recursive: true }).then(() => undefined);
  return {
    ...found,
    device: (options: Partial<DeviceOptions>): Device =>
      device({
        id: 'pump-7',
        url: `mqtts://127.0.0.1:${port}`,
        retry: { min: millis(50), max: seconds(1) },
        ...options,
      }),
    async [Symbol.asyncDispose]() {
      await found.broker.stop();
      await rm(dir, { recursive: true });
    },
  };
}

/** Why a device does not get in. */
async function refusal(one: Device): Promise<string> {
  await one.connect();
  for (let tries = 0; tries < 200 && one.status().lastFailure === undefined; tries++)
    await new Promise((resolve) => setTimeout(resolve, 25));
  const { online, lastFailure } = one.status();
  await one.stop();
  assert.equal(online, false);
  return lastFailure ?? 'it did not say';
}

test('device: it reports over TLS with its own certificate, and to nobody who cannot prove who it is [DEV-20]', async (t) => {
  await using set = await stage(t);
  if (!set) return;
  const tls = { authority: set.ours.certificate, ...set.pump };
  await using one = set.device({ tls });
  await one.connect();
  await one.report({ n: 1 });
  assert.equal(one.status().outbox.pending, 0);
  await one.stop();

  assert.match(await refusal(set.device({ tls: { ...tls, authority: set.other.certificate } })), /certificate/);
  assert.match(await refusal(set.device({ tls: set.pump })), /certificate/);
  assert.notEqual(await refusal(set.device({ tls: { authority: tls.authority } })), 'it did not say');
  const named = await refusal(set.device({ tls, username: 'pump', password: 'hush' }));
  assert.match(named, /[Nn]ot authorized|[Bb]ad user/);
  assert.doesNotMatch(named, /hush/);
});
