import { type Method, methodOf } from '../codes.ts';
import type { Incoming, Line } from '../line.ts';
import type { Message } from '../message.ts';
import * as read from '../options/read.ts';
import { isNoCacheKey, registry } from '../options/registry.ts';
import type { MaybePromise, Peer } from '../ports.ts';
import type { Request } from '../resource.ts';

/** A request on its way through the server: plain, and with the way its answers go back. */
export interface Exchange {
  readonly incoming: Incoming;
  readonly line: Line;
  /** Without its protection. */
  readonly message: Message;
  /** undefined for a request code without a meaning. */
  readonly method: Method | undefined;
  readonly peer: Peer;
  readonly protect:
    | ((response: Message, about: { readonly notification: boolean }) => MaybePromise<Message>)
    | undefined;
}

export function exchangeOf(
  incoming: Incoming,
  message: Message,
  secured?: { readonly identity: string; readonly protect: NonNullable<Exchange['protect']> },
): Exchange {
  const { line } = incoming;
  return {
    incoming,
    line,
    message,
    method: methodOf(message.code),
    peer: secured ? { ...line.peer, secure: true, identity: secured.identity } : line.peer,
    protect: secured?.protect,
  };
}

export function requestOf({ message, peer }: Exchange, method: Method, payload: Buffer, observed: boolean): Request {
  return {
    method,
    path: read.uriPath(message),
    query: read.uriQuery(message),
    payload,
    contentFormat: read.contentFormat(message),
    accept: read.accept(message),
    options: message.options,
    peer,
    observed,
  };
}

/** What the blocks of one body have in common and those of another have not, besides what is not part of a cache key. */
const apart: ReadonlySet<number> = new Set(
  [registry.block1, registry.block2, registry.observe, registry.etag, registry.contentFormat, registry.noResponse].map(
    ({ number }) => number,
  ),
);

/** Names a body that comes or goes in blocks: who, by which method, of what (RFC 7959 §2.4, RFC 9175 §3.3). */
export function bodyKey({ line, message, peer }: Exchange): string {
  let key = `${line.key}\n${peer.identity ?? ''}\n${message.code}`;
  for (const { number, value } of message.options) {
    if (!isNoCacheKey(number) && !apart.has(number)) key += `\n${number} ${value.length} ${value.toString('latin1')}`;
  }
  return key;
}
