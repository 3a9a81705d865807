import {
  coapClient,
  coapFaults,
  codeName,
  contentFormats,
  type Datagrams,
  type Endpoint,
  type Security,
  type Streams,
  tcpStreams,
  tlsStreams,
  udpDatagrams,
} from '@selvedge/coap';
import { type Clock, type Entropy, type Log, millis, type Random, type Service, stack } from '@selvedge/kernel';
import type { ActuatorClient } from '../../ports.ts';
import type { ActuatorTls } from './actuator-tls.ts';

export interface ActuatorClientWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Protects what goes to those that it knows; the client starts and stops it. */
  readonly security?: (Security & Service) | undefined;
}

/** An answer is evidence, not a download. */
const answerSizeMax = 16_384;

/** Calls actuators from these transports: the first has sockets for IPv4 and connections, the second is for IPv6. */
export function actuatorClient(
  transports: readonly (readonly (Datagrams | Streams)[])[],
  world: ActuatorClientWorld,
): ActuatorClient & Service {
  const { security, ...lent } = world;
  const endpoints = transports.map((some) =>
    coapClient(
      { limits: { bodySizeMax: answerSizeMax } },
      { ...lent, transports: some, ...(security ? { security } : {}) },
    ),
  );
  const [four, six = four] = endpoints as [Endpoint, Endpoint?];
  return {
    ...stack(...(security ? [security] : []), ...endpoints),
    async call({ device, url, payload, within }, signal) {
      const { base, path, query } = placeOf(url, device);
      const over = new AbortController();
      const late = coapFaults('COAP_TIMEOUT', `${base} did not answer before the command expired`);
      world.clock.sleep(millis(within), over.signal).then(
        () => over.abort(late),
        () => undefined,
      );
      try {
        const answer = await (base.includes('[') ? six : four).request(base, {
          method: 'POST',
          path,
          query,
          payload: JSON.stringify(payload),
          contentFormat: contentFormats.json,
          signal: AbortSignal.any([signal, over.signal]),
        });
        return { ok: answer.ok, code: codeName(answer.code), payload: answer.payload };
      } finally {
        over.abort();
      }
    },
  };
}

/** The machine's own sockets for these URLs; with `client` it shows that certificate, and believes that authority's. */
export function systemTransports(
  urls: readonly string[],
  client: ActuatorTls | undefined,
): readonly (readonly (Datagrams | Streams)[])[] {
  const streams = (): Streams[] => [tcpStreams(), tlsStreams(client ? { client } : {})];
  const hasSix = urls.some((url) => url.includes('://['));
  return [[udpDatagrams(), ...streams()], ...(hasSix ? [[udpDatagrams({ host: '::' }), ...streams()]] : [])];
}

const device = '{device}';

/**
 * What is asked of whom. A device's name is put in after the URL was taken apart: it stays one segment or one part of the
 * query, whatever it is.
 */
export function placeOf(
  url: string,
  name: string,
): { readonly base: string; readonly path: readonly string[]; readonly query: readonly string[] } {
  const [, base = url, path = '', query = ''] = /^([^:]+:\/\/[^/?]+)([^?]*)\??(.*)$/.exec(url) ?? [];
  const fill = (part: string): string => {
    const filled = decodeURIComponent(part).replaceAll(device, () => name);
    // RFC 7252 section 5.10.1: no segment of a path may say where another begins.
    if (filled !== '.' && filled !== '..') return filled;
    throw coapFaults('COAP_REQUEST_INVALID', `${name} cannot stand in the path of ${url}`);
  };
  return {
    base,
    path: path.split('/').slice(1).map(fill),
    query: query === '' ? [] : query.split('&').map(fill),
  };
}
