import { after, test } from 'node:test';
import { crowd, sendAtOnce, stopAmong, stopOnTheWay } from './support/arrivals.ts';
import { installed, makeCertificates } from './support/certificates.ts';

const skip = installed('openssl') ? false : 'openssl is not installed';
const certificates = skip ? undefined : makeCertificates();
after(() => certificates?.remove());

for (const transport of ['tls', 'wss'] as const) {
  const listener = { transport, host: '127.0.0.1', port: 0, tls: certificates?.server ?? { key: '', cert: '' } };

  test(
    `arrivals: over ${transport}, whoever stops in its handshakes or behind them is cut after connectWithin [MQB-34] [MQB-174]`,
    { skip },
    () => stopOnTheWay(listener),
  );

  test(
    `arrivals: over ${transport}, those in their handshakes count, and the oldest goes [MQB-35] [MQB-174]`,
    { skip },
    () => crowd(listener),
  );

  test(`${transport}: what the broker has to say leaves at once [MQB-178]`, { skip }, () => sendAtOnce(listener));

  test(`arrivals: over ${transport}, a stop ends those in their handshakes`, { skip }, () => stopAmong(listener));
}
