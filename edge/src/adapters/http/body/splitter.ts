import type { Buffer } from 'node:buffer';
import type { Media } from '../media.ts';
import { splitCbor } from './cbor-items.ts';
import { splitJson } from './json-items.ts';
import { splitLines } from './lines.ts';
import { keepWhole } from './whole.ts';

/**
 * Cuts a body into payloads as it comes, holding no more than the payload that is not over yet. It decides where payloads
 * end and nothing else: what is no payload at all comes out as one that its decoder will refuse.
 */
export interface Splitter {
  /** Gives the payloads that end in this part. Throws HTTP_PAYLOAD_TOO_LARGE. */
  push(part: Buffer): Iterable<Buffer>;
  /** The body is over: gives what is left, an empty payload where something is missing. */
  end(): Iterable<Buffer>;
}

/** How the bodies of a medium are cut. */
export function splitter({ framing }: Media, payloadMax: number): Splitter {
  switch (framing) {
    case 'json':
      return splitJson(payloadMax);
    case 'lines':
      return splitLines(payloadMax);
    case 'cbor':
      return splitCbor(payloadMax, 'item or list');
    case 'cbor-sequence':
      return splitCbor(payloadMax, 'sequence');
    case 'whole':
      return keepWhole(payloadMax);
  }
}
