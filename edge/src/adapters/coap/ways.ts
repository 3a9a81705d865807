import { tcpStreams, tlsStreams, udpDatagrams } from '@selvedge/coap';
import { describeFailure, type Log } from '@selvedge/kernel';
import type { EdgeConfig } from '../../config.ts';
import { isLoopback } from '../../engines/access/throttle.ts';
import { includesHost } from '../../engines/address/host-list.ts';
import type { Identity } from '../../ports.ts';
import type { Way } from './door.ts';
import { coapDoorFaults } from './faults.ts';

export interface WaysParts {
  /** The node's certificate; rejects while it has none. */
  readonly certificate: () => Promise<Identity>;
  /** PEM of those whose client certificates are believed; undefined: none is asked for. */
  readonly authorities: string | undefined;
  /** Some device has an OSCORE context. */
  readonly hasContexts: boolean;
  readonly log: Log;
}

/**
 * The sockets of the CoAP door. Throws COAP_PLAIN_REFUSED for one beyond loopback where nothing protects a request and
 * plain ones are not allowed: nobody could speak there.
 */
export async function coapWays({ coap }: EdgeConfig, parts: WaysParts): Promise<readonly Way[]> {
  const { log } = parts;
  const isPlain = (transport: string, { host, port }: { readonly host: string; readonly port: number }): boolean => {
    if (isLoopback(host)) return true;
    const isAllowed = includesHost(coap.plain, host);
    if (isAllowed) log.warn('door.plain_exposed', { transport, host, port });
    else if (!parts.hasContexts)
      throw coapDoorFaults('COAP_PLAIN_REFUSED', `coap.${transport} has ${host}, which is beyond this machine`, {
        host,
      });
    return isAllowed;
  };
  return [
    ...coap.udp.map((at) => ({ transport: udpDatagrams(at), plain: isPlain('udp', at) })),
    ...coap.tcp.map((at) => ({ transport: tcpStreams({ listen: at }), plain: isPlain('tcp', at) })),
    ...(coap.tls.length > 0 ? await tlsWays(coap.tls, parts) : []),
  ];
}

async function tlsWays(
  addresses: EdgeConfig['coap']['tls'],
  { certificate, authorities, log }: WaysParts,
): Promise<readonly Way[]> {
  try {
    const { key, door: cert, authority } = await certificate();
    const asks = authorities !== undefined;
    return addresses.map((at) => ({
      transport: tlsStreams({ listen: { ...at, key, cert, ca: authorities ?? authority, requestCert: asks } }),
      plain: true,
    }));
  } catch (cause) {
    log.warn('door.tls_closed', { door: 'coap', ...describeFailure(cause) });
    return [];
  }
}
