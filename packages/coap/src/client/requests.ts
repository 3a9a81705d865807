import { isUtf8 } from 'node:buffer';
import { codeClass, type Method, methods } from '../codes.ts';
import { coapFaults } from '../faults.ts';
import type { Option } from '../message.ts';
import type { Block } from '../options/block.ts';
import { blockOption } from '../options/block.ts';
import { options as build, sorted } from '../options/build.ts';
import * as read from '../options/read.ts';
import { optionRow, registry } from '../options/registry.ts';
import type { Peer } from '../ports.ts';
import type { Answered, Unsent } from './exchanges.ts';

/** A request to another endpoint. */
export interface ClientRequest {
  /** Default: GET. */
  readonly method?: Method;
  /** Added to the path of the target: `sensors/pump-7`, or its segments. */
  readonly path?: string | readonly string[];
  /** Added to the query of the target: `['rt=temperature']`. */
  readonly query?: readonly string[];
  readonly payload?: string | Uint8Array;
  readonly contentFormat?: number;
  readonly accept?: number;
  /** ETags of what is known already; a 2.03 says which of them is fresh. */
  readonly etags?: readonly Uint8Array[];
  readonly ifMatch?: readonly Uint8Array[];
  readonly ifNoneMatch?: boolean;
  /** Default: true. On a connection it makes no difference. */
  readonly confirmable?: boolean;
  /** Classes of responses that are not wanted, as RFC 7967 counts them: 2, 8 and 16; 26 is none at all. */
  readonly noResponse?: number;
  /** Bytes of the largest block, both ways. */
  readonly blockSize?: number;
  /** Fetch this block alone, from anywhere in the response. */
  readonly block?: { readonly number: number; readonly size: number };
  /** What has no field here. */
  readonly options?: readonly Option[];
  readonly signal?: AbortSignal;
}

export interface ClientResponse {
  /** 0 where no response was wanted. */
  readonly code: number;
  /** The code is 2.xx, or no response was wanted. */
  readonly ok: boolean;
  readonly payload: Buffer;
  readonly contentFormat: number | undefined;
  readonly etag: Buffer | undefined;
  /** Seconds. */
  readonly maxAge: number;
  readonly locationPath: readonly string[];
  readonly locationQuery: readonly string[];
  readonly options: readonly Option[];
  readonly peer: Peer;
}

/** Nothing is wanted back: 2.xx, 4.xx and 5.xx. */
export const noResponseAtAll = 26;

/** What a request is on the wire. Throws COAP_REQUEST_INVALID. */
export function writeRequest(located: readonly Option[], request: ClientRequest): Unsent {
  const { path, payload } = request;
  const segments = typeof path === 'string' ? path.split('/').filter((segment) => segment !== '') : path;
  const own = build(
    {
      uriPath: segments,
      uriQuery: request.query,
      contentFormat: request.contentFormat,
      accept: request.accept,
      etag: request.etags,
      ifMatch: request.ifMatch,
      ifNoneMatch: request.ifNoneMatch ? true : undefined,
      noResponse: request.noResponse,
    },
    request.options,
  );
  const block = request.block ? [blockOption(registry.block2.number, blockOf(request.block))] : [];
  const options = sorted([...located, ...own, ...block]);
  for (const { number, value } of options) {
    const row = optionRow(number);
    if (row && (value.length < row.min || value.length > row.max || (row.format === 'string' && !isUtf8(value))))
      throw coapFaults('COAP_REQUEST_INVALID', `option ${number} has ${value.length} bytes`, { option: number });
  }
  return { code: methods[request.method ?? 'GET'], options, payload: bytesOf(payload) };
}

export function readResponse({ message, peer }: Answered): ClientResponse {
  return {
    code: message.code,
    ok: message.code === 0 || codeClass(message.code) === 2,
    payload: message.payload,
    contentFormat: read.contentFormat(message),
    etag: read.etag(message),
    maxAge: read.maxAge(message) ?? 60,
    locationPath: read.locationPath(message),
    locationQuery: read.locationQuery(message),
    options: message.options,
    peer,
  };
}

function blockOf({ number, size }: { readonly number: number; readonly size: number }): Block {
  const szx = Math.log2(size) - 4;
  if (!Number.isInteger(szx) || szx < 0 || szx > 6 || number < 0 || number >= 2 ** 20)
    throw coapFaults('COAP_REQUEST_INVALID', `there is no block ${number} of ${size} bytes`, { number, size });
  return { number, more: false, szx };
}

function bytesOf(payload: string | Uint8Array | undefined): Buffer {
  if (payload === undefined) return Buffer.alloc(0);
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
