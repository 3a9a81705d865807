import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isDeviceId } from '@selvedge/protocol';
import { type InflateLimits, inflate, readCoding } from './body/inflate.ts';
import { httpFaults } from './faults.ts';

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What stands in the path at the places of `{name}`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The peer's IP address. */
  readonly address: string;
  /** Settles when the answer has left, or never will. */
  readonly over: Promise<void>;
}

/** What a route says; a handler that streams answers by itself and gives nothing. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text of the media type that the headers say. */
  readonly body?: unknown;
}

export type Handler = (exchange: Exchange) => Answer | undefined | Promise<Answer | undefined>;

/** The device that the path names. Throws HTTP_INVALID. */
export function deviceOf({ parameters: { id: device = '' } }: Exchange): string {
  if (isDeviceId(device)) return device;
  throw httpFaults('HTTP_INVALID', `"${device.slice(0, 64)}" is not a device id`);
}

/** The body before its coding, part by part, read only as fast as it is taken. */
export function bodyOf({ request, response }: Exchange, limits: InflateLimits): AsyncIterable<Buffer> {
  const coding = readCoding(request.headers['content-encoding']);
  if (!coding)
    throw httpFaults('HTTP_CODING_UNKNOWN', `content coding ${request.headers['content-encoding']} is not understood`);
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > limits.bodyMax)
    throw httpFaults('HTTP_BODY_TOO_LARGE', `the body has ${length} bytes, ${limits.bodyMax} are allowed`, { length });
  // RFC 9110 section 10.1.1: only who will read the body asks for it.
  if (/^100-continue$/i.test(request.headers.expect ?? '')) response.writeContinue();
  // The answer to a body that is not read to its end still needs the connection.
  return inflate(request.iterator({ destroyOnReturn: false }), coding, limits);
}

/** A body that is small enough to be held. Throws HTTP_BODY_TOO_LARGE. */
export async function smallBody(exchange: Exchange, limits: InflateLimits): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of bodyOf(exchange, limits)) parts.push(part);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
