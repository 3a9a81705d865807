import { crc32 } from 'node:zlib';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { readU64, writeU64 } from '../chain.ts';
import type { Expiry, ExpiryReason, Position } from '../journal.ts';
import { formatVersion } from './segment-header.ts';

/**
 * What a journal remembers beside its records, version 1. Little endian. The file has two slots; they are written in turn,
 * so that a torn write leaves the state before. The slot with the higher sequence that is whole counts.
 *
 *   file      = state
 *   state     = slot:8192 slot:8192
 *   slot      = magic:u32 crc:u32 length:u32 version:u16(=1) classes:u8 cursors:u8 jumps:u8 expiries:u8 zero:u16
 *               salt:u32 sequence:u64 epoch:12 offset:u64 hash:32 trimmedTo:u64
 *               classes*class cursors*cursor jumps*jump expiries*expiry
 *   class     = name:str8 expired:u64
 *   cursor    = name:str8 offset:u64 holds:u8 classes:u16         classes is a set of bits
 *   jump      = offset:u64 by:s64                                 the wall clock jumped when `offset` was next
 *   expiry    = class:u8 reason:u8 from:u64 to:u64 count:u64      reason = 0 bytes | 1 age; counted already in `expired`,
 *                                                                 but perhaps neither carried out nor told yet
 *   str8      = length:u8 utf8*length
 *   crc       = CRC-32 of `length - 8` bytes that follow it
 *   offset, hash = the durable end when this was written; trimmedTo = no earlier offset is kept
 */
export const slotSize = 8192;
const headSize = 92;
const magic = 0x31_54_56_53;

export interface ClassState {
  readonly name: string;
  readonly expired: number;
}

export interface CursorState {
  readonly name: string;
  readonly offset: number;
  readonly holds: boolean;
  readonly classes: readonly number[];
}

export interface Jump {
  readonly offset: number;
  /** Milliseconds forward; negative for a jump back. */
  readonly by: number;
}

export interface State {
  readonly epoch: string;
  readonly salt: number;
  readonly head: Position;
  readonly trimmedTo: number;
  readonly classes: readonly ClassState[];
  readonly cursors: readonly CursorState[];
  readonly jumps: readonly Jump[];
  readonly expiries: readonly Expiry[];
}

/** Bounds that make every state fit its slot. */
export const cursorsMax = 64;
export const classesMax = 16;
export const jumpsMax = 16;
export const nameMax = 64;
export const expiriesMax = 2 * classesMax;

const reasons: readonly ExpiryReason[] = ['bytes', 'age'];

/** A whole slot; what follows its length is zero and need not be written. */
export function encodeState(state: State, sequence: number): Buffer {
  const bytes = Buffer.alloc(slotSize);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(formatVersion, 12);
  bytes[14] = state.classes.length;
  bytes[15] = state.cursors.length;
  bytes[16] = state.jumps.length;
  bytes[17] = state.expiries.length;
  bytes.writeUInt32LE(state.salt, 20);
  writeU64(bytes, 24, sequence);
  bytes.write(state.epoch, 32, 12, 'latin1');
  writeU64(bytes, 44, state.head.offset);
  bytes.set(state.head.hash, 52);
  writeU64(bytes, 84, state.trimmedTo);
  let at = headSize;
  const name = (text: string): void => {
    const length = bytes.write(text, at + 1);
    bytes[at] = length;
    at += 1 + length;
  };
  const u64 = (value: number): void => {
    writeU64(bytes, at, value);
    at += 8;
  };
  for (const one of state.classes) {
    name(one.name);
    u64(one.expired);
  }
  for (const one of state.cursors) {
    name(one.name);
    u64(one.offset);
    bytes[at] = one.holds ? 1 : 0;
    bytes.writeUInt16LE(
      one.classes.reduce((bits, klass) => bits | (1 << klass), 0),
      at + 1,
    );
    at += 3;
  }
  for (const one of state.jumps) {
    u64(one.offset);
    bytes.writeBigInt64LE(BigInt(Math.round(one.by)), at);
    at += 8;
  }
  for (const one of state.expiries) {
    bytes[at] = one.klass;
    bytes[at + 1] = reasons.indexOf(one.reason);
    at += 2;
    for (const value of [one.from, one.to, one.count]) u64(value);
  }
  bytes.writeUInt32LE(at, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(8, at)), 4);
  return bytes;
}

/** A slot that is whole. Of another version only the version and the sequence are known. */
export type Slot =
  | { readonly version: typeof formatVersion; readonly sequence: number; readonly state: State }
  | { readonly version: number; readonly sequence: number; readonly state?: undefined };

export function decodeState(slot: Buffer): Decoded<Slot> {
  if (slot.length < headSize || slot.readUInt32LE(0) !== magic) return undecodable('it does not begin as a state');
  const length = slot.readUInt32LE(8);
  if (length < headSize || length > slot.length) return undecodable(`its length ${length} is impossible`);
  if (slot.readUInt32LE(4) !== crc32(slot.subarray(8, length))) return undecodable('its CRC does not fit');
  const version = slot.readUInt16LE(12);
  const sequence = readU64(slot, 24);
  if (version !== formatVersion) return decoded({ version, sequence });
  let at = headSize;
  const name = (): string => {
    const from = at + 1;
    at = from + slot[at]!;
    return slot.toString('utf8', from, at);
  };
  const u64 = (): number => {
    at += 8;
    return readU64(slot, at - 8);
  };
  const classes = Array.from({ length: slot[14]! }, () => ({ name: name(), expired: u64() }));
  const cursors = Array.from({ length: slot[15]! }, () => {
    const cursor = { name: name(), offset: u64(), holds: slot[at] === 1, classes: bitsOf(slot.readUInt16LE(at + 1)) };
    at += 3;
    return cursor;
  });
  const jumps = Array.from({ length: slot[16]! }, () => {
    const jump = { offset: u64(), by: Number(slot.readBigInt64LE(at)) };
    at += 8;
    return jump;
  });
  const expiries = Array.from({ length: slot[17]! }, () => {
    at += 2;
    const [klass, reason] = [slot[at - 2]!, reasons[slot[at - 1]!]!];
    return { klass, reason, from: u64(), to: u64(), count: u64() };
  });
  const head = { offset: readU64(slot, 44), hash: Uint8Array.from(slot.subarray(52, 84)) };
  const state: State = {
    epoch: slot.toString('latin1', 32, 44),
    salt: slot.readUInt32LE(20),
    head,
    trimmedTo: readU64(slot, 84),
    classes,
    cursors,
    jumps,
    expiries,
  };
  return decoded({ version, sequence, state });
}

const bitsOf = (bits: number): number[] =>
  Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => bits & (1 << bit));
