import type { X509Certificate } from 'node:crypto';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { ListenerOptions } from '../config.ts';
import { mqttFaults } from '../faults.ts';

/** The TLS settings of a listener; a client certificate that is asked for must be one that `ca` has issued. */
export function tlsSettings({ transport, host, port, tls }: ListenerOptions): TlsOptions {
  if (!tls)
    throw mqttFaults('MQTT_TLS_MISSING', `the ${transport} listener at ${host}:${port} has no tls`, { host, port });
  const requestCert = tls.requestCert ?? false;
  return {
    key: tls.key,
    cert: tls.cert,
    ...(tls.ca === undefined ? {} : { ca: Array.isArray(tls.ca) ? [...tls.ca] : (tls.ca as string | Buffer) }),
    requestCert,
    rejectUnauthorized: requestCert && !(tls.certificateOptional ?? false),
    minVersion: 'TLSv1.2',
  };
}

/**
 * The certificate of a client that has shown a good one; undefined without one. Gives false for one that is not: where
 * certificates are optional the handshake lets it pass, and nobody may be taken for less than they claim to be.
 */
export function certificateOf(socket: TLSSocket, { tls }: ListenerOptions): X509Certificate | undefined | false {
  if (!tls?.requestCert) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate && !socket.authorized ? false : certificate;
}
