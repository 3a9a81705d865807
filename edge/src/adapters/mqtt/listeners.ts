import { describeFailure, type Log } from '@selvedge/kernel';
import type { ListenerOptions, TlsOptions } from '@selvedge/mqtt';
import type { EdgeConfig } from '../../config.ts';
import type { Identity } from '../../ports.ts';

/**
 * Where the MQTT door listens. The TLS door needs the node's certificate: a node that was never enrolled opens it at the
 * first start after its enrolment, and says so. `authorities` are those whose client certificates are believed, PEM;
 * undefined: none is asked for.
 */
export async function doorListeners(
  { mqtt }: EdgeConfig,
  certificate: () => Promise<Identity>,
  authorities: string | undefined,
  log: Log,
): Promise<readonly ListenerOptions[]> {
  // A password or token that crosses a network in clear is everybody's.
  if (!isLoopback(mqtt.host)) log.warn('door.plain_exposed', { host: mqtt.host, port: mqtt.port, wsPort: mqtt.wsPort });
  const plain: readonly ListenerOptions[] = [
    { transport: 'tcp', host: mqtt.host, port: mqtt.port },
    { transport: 'ws', host: mqtt.host, port: mqtt.wsPort },
  ];
  try {
    const { key, door: cert, authority: ca } = await certificate();
    const tls: TlsOptions =
      authorities === undefined
        ? { key, cert, ca, requestCert: false }
        : { key, cert, ca: authorities, requestCert: true, certificateOptional: true };
    return [...plain, { transport: 'tls', host: mqtt.host, port: mqtt.tlsPort, tls }];
  } catch (cause) {
    log.warn('door.tls_closed', describeFailure(cause));
    return plain;
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);
