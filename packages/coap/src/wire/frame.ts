import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Message } from '../message.ts';
import { bodySize, decodeBody, encodeBody } from './option-list.ts';

/**
 * A message on a reliable transport (RFC 8323 §3.2). Big endian.
 *
 *   frame    = length:u4 tokenLength:u4 extended(length) code:u8 token*tokenLength body*length
 *   extended = nothing for 0 … 12, u8 (13 + it) for 13, u16 (269 + it) for 14, u32 (65805 + it) for 15
 *
 * `length` counts options, payload marker and payload.
 */
export function encodeFrame({ code, token, options, payload }: Message): Buffer {
  const length = bodySize(options, payload);
  const nibble = length < 13 ? length : length < 269 ? 13 : length < 65_805 ? 14 : 15;
  const extended = extendedSizes[nibble] ?? 0;
  const bytes = Buffer.allocUnsafe(2 + extended + token.length + length);
  bytes[0] = (nibble << 4) | token.length;
  if (extended > 0) bytes.writeUIntBE(length - bases[nibble]!, 1, extended);
  bytes[1 + extended] = code;
  bytes.set(token, 2 + extended);
  encodeBody(options, payload, bytes, 2 + extended + token.length);
  return bytes;
}

/** Bytes that `encodeFrame` will give. */
export function frameSize({ token, options, payload }: Message): number {
  const length = bodySize(options, payload);
  return 2 + (length < 13 ? 0 : length < 269 ? 1 : length < 65_805 ? 2 : 4) + token.length + length;
}

/** Cuts a byte stream into messages, however it arrives. */
export interface Frames {
  /**
   * Hands over the messages that these bytes complete, each before the next is looked at. Gives why what follows them
   * is no message: then the stream has lost its place, and nothing more may be pushed.
   */
  push(bytes: Buffer, take: (message: Message) => void): string | undefined;
  /** Bytes of a message that is not complete yet. */
  readonly held: number;
}

/** A frame that announces more than `sizeMax` gives, in bytes, is refused before it has come. */
export function frames(sizeMax: () => number): Frames {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = 2;

  const joined = (): Buffer => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    chunks = [all];
    return all;
  };

  return {
    get held() {
      return held;
    },
    push(bytes, take) {
      if (bytes.length > 0) chunks.push(bytes);
      held += bytes.length;
      while (held >= wanted) {
        const all = joined();
        const head = headOf(all);
        if (!head.ok) return head.why;
        if (head.value.total > sizeMax()) return `a message of ${head.value.total} bytes is beyond ${sizeMax()}`;
        wanted = head.value.total;
        if (held < wanted) break;
        const message = decodeFrame(all.subarray(0, wanted), head.value);
        if (!message.ok) return message.why;
        chunks = [all.subarray(wanted)];
        held -= wanted;
        wanted = 2;
        take(message.value);
      }
      return undefined;
    },
  };
}

interface Head {
  readonly extended: number;
  readonly tokenLength: number;
  /** Bytes of the whole frame; where the head itself is cut off, at least those of the head. */
  readonly total: number;
}

function headOf(bytes: Buffer): Decoded<Head> {
  const nibble = bytes[0]! >> 4;
  const tokenLength = bytes[0]! & 15;
  if (tokenLength > 8) return undecodable(`token length ${tokenLength} is reserved`);
  const extended = extendedSizes[nibble] ?? 0;
  if (bytes.length < 1 + extended) return decoded({ extended, tokenLength, total: 2 + extended + tokenLength });
  const length = extended === 0 ? nibble : bases[nibble]! + bytes.readUIntBE(1, extended);
  return decoded({ extended, tokenLength, total: 2 + extended + tokenLength + length });
}

function decodeFrame(bytes: Buffer, { extended, tokenLength }: Head): Decoded<Message> {
  const at = 2 + extended;
  const body = decodeBody(bytes, at + tokenLength);
  if (!body.ok) return body;
  return decoded({
    code: bytes[1 + extended]!,
    token: bytes.subarray(at, at + tokenLength),
    options: body.value.options,
    payload: body.value.payload,
  });
}

const extendedSizes: Readonly<Record<number, number>> = { 13: 1, 14: 2, 15: 4 };
const bases: Readonly<Record<number, number>> = { 13: 13, 14: 269, 15: 65_805 };
