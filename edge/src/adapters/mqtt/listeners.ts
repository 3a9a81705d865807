import { describeFailure, type Log } from '@selvedge/kernel';
import type { ListenerOptions } from '@selvedge/mqtt';
import type { EdgeConfig } from '../../config.ts';
import { edgeFaults } from '../../faults.ts';
import type { Identity } from '../../ports.ts';

/**
 * Where the MQTT door listens. The TLS door needs the node's certificate: a node that was never enrolled opens it at the
 * first start after its enrolment, and says so. Throws EDGE_DOOR_UNGUARDED for doors beyond loopback that anybody may use.
 */
export async function doorListeners(
  { mqtt }: EdgeConfig,
  certificate: () => Promise<Identity>,
  log: Log,
): Promise<readonly ListenerOptions[]> {
  if (!mqtt.anonymous && !isLoopback(mqtt.host)) {
    const why = `mqtt.host ${mqtt.host} is not loopback, and its clients would not have to prove who they are`;
    throw edgeFaults('EDGE_DOOR_UNGUARDED', why, { host: mqtt.host });
  }
  const plain: readonly ListenerOptions[] = [
    { transport: 'tcp', host: mqtt.host, port: mqtt.port },
    { transport: 'ws', host: mqtt.host, port: mqtt.wsPort },
  ];
  try {
    const { key, door: cert, authority: ca } = await certificate();
    return [
      ...plain,
      { transport: 'tls', host: mqtt.host, port: mqtt.tlsPort, tls: { key, cert, ca, requestCert: false } },
    ];
  } catch (cause) {
    log.warn('door.tls_closed', describeFailure(cause));
    return plain;
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);
