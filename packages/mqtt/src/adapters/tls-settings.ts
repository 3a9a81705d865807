import type { TlsOptions } from 'node:tls';
import type { Limits, ListenerOptions } from '../config.ts';
import { mqttFaults } from '../faults.ts';

/** The TLS settings of a listener; a client certificate that is asked for must be one that `ca` has issued. */
export function tlsSettings({ transport, host, port, tls }: ListenerOptions, limits: Limits): TlsOptions {
  if (!tls)
    throw mqttFaults('MQTT_TLS_MISSING', `the ${transport} listener at ${host}:${port} has no tls`, { host, port });
  const requestCert = tls.requestCert ?? false;
  return {
    key: tls.key,
    cert: tls.cert,
    ...(tls.ca === undefined ? {} : { ca: Array.isArray(tls.ca) ? [...tls.ca] : (tls.ca as string | Buffer) }),
    requestCert,
    rejectUnauthorized: requestCert,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.connectWithin,
  };
}
