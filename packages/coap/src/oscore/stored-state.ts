import { crc32 } from 'node:zlib';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { sequenceLimit } from './option-value.ts';
import type { OscoreState } from './ports.ts';

/** Bytes of a slot: no drive tears less than this together with its neighbour. */
export const slotSize = 4_096;

const headSize = 6;
const version = 1;

/**
 * A state in a slot, version 1. Big endian.
 *
 *   slot  = size:u16 crc32-of-state:u32 state*size zero*rest
 *   state = CBOR [1, turn, reserved, highest or nil, seen or nil]      turn: a higher one is newer
 */
export function encodeState({ reserved, window }: OscoreState, turn: number): Buffer {
  const state = encodeCbor([version, turn, reserved, window?.highest ?? null, window?.seen ?? null]);
  const slot = Buffer.alloc(slotSize);
  slot.writeUInt16BE(state.length, 0);
  slot.writeUInt32BE(crc32(state), 2);
  state.copy(slot, headSize);
  return slot;
}

export function decodeState(slot: Buffer): Decoded<{ readonly turn: number; readonly state: OscoreState }> {
  const size = slot.readUInt16BE(0);
  const bytes = slot.subarray(headSize, headSize + size);
  if (size === 0 || bytes.length < size) return undecodable(`a state of ${size} bytes does not fit`);
  if (crc32(bytes) !== slot.readUInt32BE(2)) return undecodable('the checksum differs');
  const value = decodeCbor(bytes);
  if (!value.ok) return value;
  if (!Array.isArray(value.value) || value.value.length !== 5) return undecodable('it is no array of five');
  const [found, turn, reserved, highest, seen] = value.value;
  if (found !== version) return undecodable(`version ${found} is unknown`);
  if (!isWhole(turn) || !isWhole(reserved) || reserved > sequenceLimit) return undecodable('a number is out of range');
  if (highest === null) return decoded({ turn, state: { reserved, window: undefined } });
  if (!(isWhole(highest) || highest === -1) || !(seen instanceof Uint8Array)) return undecodable('the window is none');
  return decoded({ turn, state: { reserved, window: { highest, seen: Buffer.from(seen) } } });
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
