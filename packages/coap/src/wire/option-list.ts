import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Option } from '../message.ts';

/**
 * Options and payload, as they follow the token in every transport (RFC 7252 §3.1) and stand in an OSCORE plaintext.
 *
 *   body     = option* [ marker:u8(=0xff) payload ]      payload is not empty
 *   option   = delta:u4 length:u4 extended(delta) extended(length) value
 *   extended = nothing where the nibble is 0 … 12, u8 (13 + it) for 13, u16 (269 + it) for 14; 15 is reserved
 */
export function decodeBody(bytes: Buffer, from: number): Decoded<{ options: readonly Option[]; payload: Buffer }> {
  const options: Option[] = [];
  let number = 0;
  let at = from;
  while (at < bytes.length) {
    const head = bytes[at++]!;
    if (head === payloadMarker) {
      if (at === bytes.length) return undecodable('a payload marker is followed by no payload');
      return decoded({ options, payload: bytes.subarray(at) });
    }
    const delta = extended(bytes, at, head >> 4);
    if (delta === undefined) return undecodable(`option ${options.length + 1} has no valid delta`);
    at += extendedSize(head >> 4);
    const length = extended(bytes, at, head & 15);
    if (length === undefined) return undecodable(`option ${options.length + 1} has no valid length`);
    at += extendedSize(head & 15);
    number += delta;
    if (number > optionNumberMax) return undecodable(`option number ${number} is beyond ${optionNumberMax}`);
    if (at + length > bytes.length) return undecodable(`option ${number} is cut off`);
    options.push({ number, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return decoded({ options, payload: bytes.subarray(at) });
}

/** Bytes that `encodeBody` will write. The options stand by rising number. */
export function bodySize(options: readonly Option[], payload: Uint8Array): number {
  let size = payload.length === 0 ? 0 : 1 + payload.length;
  let before = 0;
  for (const { number, value } of options) {
    size += 1 + extendedSize(nibble(number - before)) + extendedSize(nibble(value.length)) + value.length;
    before = number;
  }
  return size;
}

/** Writes options and payload at `at`, and gives where they end. */
export function encodeBody(options: readonly Option[], payload: Uint8Array, into: Buffer, at: number): number {
  let end = at;
  let before = 0;
  for (const { number, value } of options) {
    const delta = number - before;
    into[end++] = (nibble(delta) << 4) | nibble(value.length);
    end = writeExtended(into, end, delta);
    end = writeExtended(into, end, value.length);
    into.set(value, end);
    end += value.length;
    before = number;
  }
  if (payload.length === 0) return end;
  into[end++] = payloadMarker;
  into.set(payload, end);
  return end + payload.length;
}

const payloadMarker = 0xff;
const optionNumberMax = 65_535;

const nibble = (value: number): number => (value < 13 ? value : value < 269 ? 13 : 14);

const extendedSize = (nibble: number): number => (nibble < 13 ? 0 : nibble - 12);

function extended(bytes: Buffer, at: number, nibble: number): number | undefined {
  if (nibble < 13) return nibble;
  if (nibble === 15 || at + extendedSize(nibble) > bytes.length) return undefined;
  return nibble === 13 ? 13 + bytes[at]! : 269 + bytes.readUInt16BE(at);
}

function writeExtended(into: Buffer, at: number, value: number): number {
  if (value < 13) return at;
  if (value < 269) return into.writeUInt8(value - 13, at);
  return into.writeUInt16BE(value - 269, at);
}
