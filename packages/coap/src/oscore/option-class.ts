import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Option } from '../message.ts';
import { splitProxyUri } from './proxy-uri.ts';

/** The option numbers that OSCORE treats in a way of its own. */
export const numbers = {
  uriHost: 3,
  observe: 6,
  uriPort: 7,
  oscore: 9,
  uriPath: 11,
  maxAge: 14,
  uriQuery: 15,
  hopLimit: 16,
  edhoc: 21,
  proxyUri: 35,
  proxyScheme: 39,
  echo: 252,
} as const;

/**
 * Class U alone: what proxies have to read (RFC 8613 figure 5, RFC 8768, RFC 9668). Everything else, also what nobody
 * has defined yet, is class E: Max-Age, the block options, No-Response and Echo are the endpoints' own when we send
 * them, and thrown away when they come from outside. Class I is empty.
 */
const outerOnly: ReadonlySet<number> = new Set([
  numbers.uriHost,
  numbers.uriPort,
  numbers.oscore,
  numbers.hopLimit,
  numbers.edhoc,
  numbers.proxyUri,
  numbers.proxyScheme,
]);

export interface SplitOptions {
  /** Encrypted. */
  readonly inner: readonly Option[];
  /** Visible, without the OSCORE option itself. */
  readonly outer: readonly Option[];
}

/** What of a request's options goes where. Observe goes both ways; a Proxy-Uri is taken apart (RFC 8613 §4.1.3.3). */
export function splitRequest(options: readonly Option[]): Decoded<SplitOptions> {
  if (find(options, numbers.oscore)) return undecodable('the message has an OSCORE option already');
  const proxyUri = find(options, numbers.proxyUri);
  if (!proxyUri) return decoded(split(options, (observe) => observe));
  const parts = splitProxyUri(proxyUri.value.toString());
  if (!parts.ok) return parts;
  // A Proxy-Uri stands for all of these (RFC 7252 §5.10.2).
  const rest = options.filter(({ number }) => !replacedByProxyUri.has(number));
  return decoded(split([...rest, ...parts.value].sort(byNumber), (observe) => observe));
}

/** The same of a response: the inner Observe is empty, because the partial IV gives the order. */
export function splitResponse(options: readonly Option[]): Decoded<SplitOptions> {
  if (find(options, numbers.oscore)) return undecodable('the message has an OSCORE option already');
  return decoded(split(options, ({ number }) => ({ number, value: Buffer.alloc(0) })));
}

/** The options of the message that was protected: the inner ones, and of the outer ones what may stand outside. */
export function joinOptions(inner: readonly Option[], outer: readonly Option[]): readonly Option[] {
  const kept = outer.filter(({ number }) => number !== numbers.oscore && outerOnly.has(number) && !find(inner, number));
  return kept.length === 0 ? inner : [...inner, ...kept].sort(byNumber);
}

export const find = (options: readonly Option[], number: number): Option | undefined =>
  options.find((option) => option.number === number);

/** `options` with one more, behind those of its number. */
export const withOption = (options: readonly Option[], added: Option): readonly Option[] =>
  [...options, added].sort(byNumber);

/** JavaScript sorts stably, so equal numbers keep their order. */
const byNumber = (one: Option, other: Option): number => one.number - other.number;

const replacedByProxyUri: ReadonlySet<number> = new Set([
  numbers.proxyUri,
  numbers.proxyScheme,
  numbers.uriHost,
  numbers.uriPort,
  numbers.uriPath,
  numbers.uriQuery,
]);

function split(options: readonly Option[], innerObserve: (observe: Option) => Option): SplitOptions {
  const inner: Option[] = [];
  const outer: Option[] = [];
  for (const option of options) {
    if (outerOnly.has(option.number)) outer.push(option);
    else if (option.number !== numbers.observe) inner.push(option);
    else {
      inner.push(innerObserve(option));
      outer.push(option);
    }
  }
  return { inner, outer };
}
