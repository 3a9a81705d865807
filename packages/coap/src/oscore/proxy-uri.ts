import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Option } from '../message.ts';

const uriPath = 11;
const uriQuery = 15;
const proxyUri = 35;

/**
 * Takes a Proxy-Uri apart (RFC 7252 §6.4): path and query become options that can be encrypted, and what is left for the
 * proxy is scheme, host and port (§6.5). `coap://example.com/resource?q=1` leaves `coap://example.com`.
 */
export function splitProxyUri(uri: string): Decoded<readonly Option[]> {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@]+)(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(uri);
  if (!match) return undecodable('the Proxy-Uri is not scheme://host, with neither user nor fragment');
  const [, scheme, authority, path = '', query] = match as unknown as [string, string, string, string?, string?];
  const segments = path === '' || path === '/' ? [] : path.slice(1).split('/');
  try {
    return decoded([
      ...segments.map((text) => option(uriPath, decodeURIComponent(text))),
      ...(query === undefined ? [] : query.split('&')).map((text) => option(uriQuery, decodeURIComponent(text))),
      option(
        proxyUri,
        `${scheme.toLowerCase()}://${withoutDefaultPort(scheme.toLowerCase(), authority.toLowerCase())}`,
      ),
    ]);
  } catch {
    return undecodable('the Proxy-Uri has a percent sign that encodes nothing');
  }
}

const defaultPorts: Readonly<Record<string, string>> = {
  coap: '5683',
  'coap+tcp': '5683',
  coaps: '5684',
  'coaps+tcp': '5684',
  http: '80',
  https: '443',
};

function withoutDefaultPort(scheme: string, authority: string): string {
  const suffix = `:${defaultPorts[scheme]}`;
  return authority.endsWith(suffix) ? authority.slice(0, -suffix.length) : authority;
}

const option = (number: number, text: string): Option => ({ number, value: Buffer.from(text) });
