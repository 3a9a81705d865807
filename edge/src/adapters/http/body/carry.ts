import { Buffer } from 'node:buffer';
import { httpFaults } from '../faults.ts';

/** The beginning of a payload whose end has not come yet. */
export interface Carry {
  readonly size: number;
  /** Throws HTTP_PAYLOAD_TOO_LARGE when the payload would be larger than one may be. */
  add(piece: Buffer): void;
  /** The payload, which ends with this piece; the next one begins. */
  take(piece: Buffer): Buffer;
}

export function carry(payloadMax: number): Carry {
  let pieces: Buffer[] = [];
  let size = 0;
  const add = (piece: Buffer): void => {
    size += piece.length;
    if (size > payloadMax)
      throw httpFaults('HTTP_PAYLOAD_TOO_LARGE', `one payload has more than ${payloadMax} bytes`, { payloadMax });
    if (piece.length > 0) pieces.push(piece);
  };
  return {
    get size() {
      return size;
    },
    add,
    take(piece) {
      add(piece);
      const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      pieces = [];
      size = 0;
      return whole;
    },
  };
}
