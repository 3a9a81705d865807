import { createHash } from 'node:crypto';
import { type Method, responses } from '../codes.ts';
import type { Option } from '../message.ts';
import { options } from '../options/build.ts';
import type { Answer, Response } from '../resource.ts';

/** A response before it is cut into blocks. */
export interface Composed {
  readonly code: number;
  readonly options: readonly Option[];
  readonly payload: Buffer;
}

export const contentFormats = {
  text: 0,
  link: 40,
  xml: 41,
  octets: 42,
  json: 50,
  cbor: 60,
  senmlJson: 110,
  senmlCbor: 112,
} as const;

const nothing = Buffer.alloc(0);

/** What a handler's answer is on the wire. */
export function compose(answer: Answer, method: Method): Composed {
  const given: Response =
    answer === undefined || typeof answer === 'string' || answer instanceof Uint8Array
      ? answer === undefined
        ? {}
        : { payload: answer }
      : answer;
  const code = given.code ?? usualCode(method);
  const isText = typeof given.payload === 'string' && given.payload !== '' && code < 0x80;
  return {
    code,
    payload: bytesOf(given.payload),
    options: options(
      {
        contentFormat: given.contentFormat ?? (isText ? contentFormats.text : undefined),
        etag: given.etag,
        maxAge: given.maxAge,
        locationPath: given.locationPath,
        locationQuery: given.locationQuery,
      },
      given.options,
    ),
  };
}

/** An error with a diagnostic payload (RFC 7252 §5.5.2). */
export const composeError = (code: number, why = ''): Composed => ({
  code,
  options: [],
  payload: why === '' ? nothing : Buffer.from(why),
});

/** An ETag that changes with the content. */
export const etagOf = ({ payload, options: list }: Composed): Buffer => {
  const hash = createHash('sha256');
  for (const { number, value } of list) if (number === 12) hash.update(value).update(';');
  return hash.update(payload).digest().subarray(0, 8);
};

const usualCode = (method: Method): number => {
  if (method === 'GET' || method === 'FETCH') return responses.content;
  return method === 'DELETE' ? responses.deleted : responses.changed;
};

function bytesOf(payload: string | Uint8Array | undefined): Buffer {
  if (payload === undefined) return nothing;
  if (typeof payload === 'string') return Buffer.from(payload);
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
