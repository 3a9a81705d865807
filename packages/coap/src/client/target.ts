import { coapFaults } from '../faults.ts';
import type { Option } from '../message.ts';
import { options } from '../options/build.ts';
import type { Transport } from '../ports.ts';

/** Where a request goes. */
export interface Target {
  readonly transport: Transport;
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
}

/** A target, and what of a URL travels in options (RFC 7252 §6.4, RFC 8323 §8). */
export interface Located extends Target {
  readonly options: readonly Option[];
}

const schemes: Readonly<Record<string, { readonly transport: Transport; readonly port: number }>> = {
  'coap:': { transport: 'udp', port: 5_683 },
  'coap+tcp:': { transport: 'tcp', port: 5_683 },
  'coaps+tcp:': { transport: 'tls', port: 5_684 },
};

/** Reads `coap://host:port/path?query` and its like. Throws COAP_URL_INVALID. */
export function locate(url: string | URL): Located {
  const text = String(url);
  const parsed = URL.parse(text);
  const scheme = parsed && schemes[parsed.protocol];
  if (!scheme) throw coapFaults('COAP_URL_INVALID', `${text} is no URL of CoAP`, { url: text });
  if (parsed.hostname === '' || parsed.username !== '' || parsed.hash !== '')
    throw coapFaults('COAP_URL_INVALID', `${text} has no host, or more than a CoAP URL may have`, { url: text });
  const host = unbracketed(parsed.hostname);
  const path = parsed.pathname.split('/').slice(1);
  return {
    transport: scheme.transport,
    host,
    port: parsed.port === '' ? scheme.port : Number(parsed.port),
    options: options({
      uriHost: isAddress(host) ? undefined : decode(host, text),
      uriPath: path.length === 1 && path[0] === '' ? undefined : path.map((segment) => decode(segment, text)),
      uriQuery:
        parsed.search.length > 1
          ? parsed.search
              .slice(1)
              .split('&')
              .map((part) => decode(part, text))
          : undefined,
    }),
  };
}

const unbracketed = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

/** The host of a URL with an address in it is not sent: the receiver knows its address. */
const isAddress = (host: string): boolean => host.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);

function decode(part: string, url: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw coapFaults('COAP_URL_INVALID', `${part} in ${url} is no text`, { url }, cause);
  }
}
