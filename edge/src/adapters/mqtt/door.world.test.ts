import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { installed, makeCertificates } from '../../../../packages/mqtt/test/support/certificates.ts';
import { openAccess } from '../../engines/access/access.fixture.ts';
import { type Intake, verdict } from '../../ports.ts';
import { mqttDoor } from './door.ts';

const taking: Intake = { take: () => verdict.plain, commit: () => Promise.resolve() };
/** Rejects also when the server says nothing and closes, which mqtt.js takes for a reason to wait. */
function connected(url: string, options: IClientOptions): Promise<MqttClient> {
  const client = connect(url, { reconnectPeriod: 0, protocolVersion: 5, ...options });
  return new Promise((resolve, reject) => {
    client.on('connect', () => resolve(client));
    client.on('error', reject);
    client.on('close', () => reject(new Error('closed')));
  });
}

const noOpenssl = installed('openssl') ? false : 'openssl is not installed';

test('door: over TLS a certificate of a configured authority is a device, none is none, and any other is refused [ACC-18] [MQB-128]', {
  skip: noOpenssl,
}, async () => {
  const [ours, theirs] = [makeCertificates(), makeCertificates()];
  const { gate, desk, signal } = await openAccess({ local: false, certificates: true });
  const tls = { ...ours.server, ca: ours.ca, requestCert: true, certificateOptional: true };
  const listeners = (['tls', 'wss'] as const).map((transport) => ({ transport, host: '127.0.0.1', port: 0, tls }));
  const world = { clock: systemClock, random: seeded(1), log: silentLog, gate };
  await using door = mqttDoor({ listeners, clientsMax: 100, packetSizeMax: 2 ** 20 }, world, taking);
  await door.start(signal);
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-9' });
  for (const [index, scheme] of ['mqtts', 'wss'].entries()) {
    const come = async (options: IClientOptions): Promise<readonly number[]> => {
      const url = `${scheme}://localhost:${door.listening[index]!.port}`;
      const client = await connected(url, { ca: ours.ca, ...options });
      const granted = await Promise.all(
        ['pump-7', 'pump-9'].map(async (device) => {
          const [grant] = await client.subscribeAsync(`commands/${device}`, { qos: 1 }).catch(() => [{ qos: 0x87 }]);
          return grant!.qos;
        }),
      );
      await client.endAsync();
      return granted;
    };
    assert.deepEqual(await come(ours.client), [1, 0x87], scheme);
    assert.deepEqual(await come({ username: 'x', password: secret }), [0x87, 1], scheme);
    await assert.rejects(come({}), /Not authorized/, scheme);
    await assert.rejects(come(theirs.client), `${scheme}: a certificate of another authority`);
    // Whoever shows a bad certificate is not let in by a good token either.
    await assert.rejects(come({ ...theirs.client, username: 'x', password: secret }), scheme);
  }
  await desk.bar('device', 'pump-7');
  const url = `mqtts://localhost:${door.listening[0]!.port}`;
  await assert.rejects(connected(url, { ca: ours.ca, ...ours.client }), /Not authorized/);
  await door.stop();
  ours.remove();
  theirs.remove();
});
