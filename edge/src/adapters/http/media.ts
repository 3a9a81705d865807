import { payloadDecoders } from '@selvedge/protocol';

/** How a body is cut into payloads, and who reads each. */
export interface Media {
  readonly framing: 'json' | 'lines' | 'cbor' | 'cbor-sequence' | 'whole';
  /** One of `payloadDecoders`. */
  readonly decoder: string;
}

const lines: Media = { framing: 'lines', decoder: 'json' };

/** By media type. A SenML pack is one payload, because its base fields reach from record to record. */
const known: Readonly<Record<string, Media>> = {
  'application/json': { framing: 'json', decoder: 'json' },
  'application/x-ndjson': lines,
  'application/ndjson': lines,
  'application/jsonl': lines,
  'application/cbor': { framing: 'cbor', decoder: 'cbor' },
  'application/cbor-seq': { framing: 'cbor-sequence', decoder: 'cbor' },
  'application/senml+json': { framing: 'whole', decoder: 'senml' },
  'application/senml+cbor': { framing: 'whole', decoder: 'senml-cbor' },
};

export const mediaTypes: readonly string[] = Object.keys(known);

/** Reads a Content-Type; undefined for what is not understood, or is text in anything but UTF-8. */
export function readMedia(contentType: string | undefined): Media | undefined {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((one) => one.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8') return undefined;
  const media = Object.hasOwn(known, type) ? known[type] : undefined;
  return media && Object.hasOwn(payloadDecoders, media.decoder) ? media : undefined;
}
