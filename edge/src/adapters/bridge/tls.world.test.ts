import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { logTo, seeded, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { broker } from '@selvedge/mqtt';
import { installed, makeCertificates } from '../../../../packages/mqtt/test/support/certificates.ts';
import { guest, loopback, site, until } from './bridge.fixture.ts';
import { home } from './mosquitto.fixture.ts';

const noOpenssl = installed('openssl') ? false : 'openssl is not installed';

test('bridge: over TLS it believes the configured authority alone, and shows its certificate [BRG-16]', {
  skip: noOpenssl,
  timeout: 30_000,
}, async () => {
  const [ours, theirs] = [makeCertificates(), makeCertificates()];
  using at = home();
  const file = (name: string, pem: string | Buffer): string => {
    writeFileSync(join(at.path, name), pem);
    return join(at.path, name);
  };
  const tls = { ...ours.server, ca: ours.ca, requestCert: true };
  await using other = broker(
    { listeners: ['tls', 'wss'].map((transport) => ({ transport: transport as 'tls', host: loopback, port: 0, tls })) },
    { clock: systemClock, random: seeded(1), log: silentLog },
  );
  await other.start(new AbortController().signal);
  const more = {
    certificate: file('cert.pem', ours.client.cert),
    key: file('key.pem', ours.client.key),
    authority: file('ca.pem', ours.ca),
  };
  for (const [index, scheme] of ['mqtts', 'wss'].entries()) {
    const url = `${scheme}://localhost:${other.listening[index]!.port}`;
    const rules = [{ direction: 'out', filter: 'a' }] as const;
    {
      await using here = await site({ ports: [0], rules, more: { ...more, url } });
      await here.connected();
      await using inside = await guest(here.port);
      await inside.publish('a', 'x', { qos: 2 });
      await until(() => here.metric('edge_bridge_messages_total{bridge="b0",direction="out"}') === 1);
    }
    const failures: unknown[] = [];
    const log = logTo((_level, event, { code }) => void failures.push([event, code]), 'warn');
    const wrong = { ...more, url, authority: file('other.pem', theirs.ca) };
    await using here = await site({ ports: [0], rules, log, more: wrong });
    await until(() => failures.length > 0);
    assert.deepEqual(failures[0], ['bridge.unreachable', 'BRIDGE_UNREACHABLE']);
    assert.equal(here.bridges.states()[0]?.connected, false);
  }
  ours.remove();
  theirs.remove();
});
