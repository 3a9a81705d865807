import { Buffer } from 'node:buffer';
import { clearDraft } from '../reading-draft.ts';
import { addValue } from './add-value.ts';
import { decodeJsonList } from './json-list.ts';
import { decodeMessagePack } from './message-pack.ts';
import type { PayloadDecoder } from './payload-decoder.ts';
import { unfit } from './payload-failure.ts';
import { timeMax } from './time.ts';
import type { TopicDecoder } from './topic-decoder.ts';
import { readUtf8 } from './utf8.ts';

/**
 * The record of 34 bytes that small devices send, alone or in its envelope. Big endian.
 *
 *   envelope = format:u8 length:u16 (json | message pack | record)       format: 0, 1 or 2
 *   record   = idLength:u8 id:16 time:u64 value:i16×4 flags:u8
 *
 * `id` is UTF-8 with zeros behind; `time` is milliseconds since 1970; the values are those of `compactValues` in tenths,
 * −32768 where there is none; `flags` has the bits of `compactFlags`, and three bits higher says of each that it is absent.
 *
 * What it cannot say: ids beyond 16 bytes, values beyond ±3276.7 or finer than a tenth, other names, payloads beyond 65 535
 * bytes, the number of a reading. `encodeMessage` does not choose it for those.
 */
export const compactSize = 34;
export const envelopeSize = 3;
export const compactValues = ['temperature', 'humidity', 'pressure', 'battery'] as const;
export const compactFlags = { online: 1, alarm: 2, low_battery: 4 } as const;
export const messageFormats = ['json', 'message-pack', 'compact-record'] as const;
export const compactNone = -32_768;
export const compactIdMax = 16;

const absentShift = 3;
const timeAt = 1 + compactIdMax;
const valuesAt = timeAt + 8;
const flagsAt = valuesAt + 8;

/** Reads records of a topic one of whose levels, as the filter's wildcards have it, is the device's id. */
export const decodeCompactRecord: TopicDecoder = ({ levels }) => ({ levels, decode: openEnvelope(levels) });

const openEnvelope =
  (levels: readonly string[]): PayloadDecoder =>
  (draft, bytes, start, end, emit) => {
    const length = end - start;
    if (length === compactSize) return readRecord(levels)(draft, bytes, start, end, emit);
    if (length < envelopeSize || bytes.readUInt16BE(start + 1) !== length - envelopeSize)
      return unfit('payload-not-compact', `${length} bytes are neither a record of ${compactSize} nor an envelope`);
    const format = messageFormats[bytes[start]!];
    const decode = format && {
      json: decodeJsonList,
      'message-pack': decodeMessagePack,
      'compact-record': readRecord(levels),
    };
    if (!decode) return unfit('payload-not-compact', `format ${bytes[start]} of an envelope is unknown`);
    return decode[format](draft, bytes, start + envelopeSize, end, emit);
  };

const readRecord =
  (levels: readonly string[]): PayloadDecoder =>
  (draft, bytes, start, end, emit) => {
    const idLength = bytes[start]!;
    if (end - start !== compactSize || idLength > compactIdMax)
      return unfit('payload-not-compact', `an id of ${idLength} bytes in a record of ${end - start}`);
    const id = readUtf8(bytes, start + 1, start + 1 + idLength);
    if (id === undefined) return unfit('payload-not-utf8', 'the id is not UTF-8');
    // The topic says who may speak; a record that names another must not pass for the one of this topic.
    if (id !== '' && !levels.includes(id))
      return unfit('id-foreign', `the record is of ${id.slice(0, 16)}, not of this topic`);
    const flags = bytes[start + flagsAt]!;
    if (flags > 63 || (flags & (flags >> absentShift)) !== 0)
      return unfit('payload-not-compact', `flags ${flags} mean nothing`);
    const time = Number(bytes.readBigUInt64BE(start + timeAt));
    if (time > timeMax) return unfit('time-unreadable', `${time} ms is not a time`);
    clearDraft(draft);
    draft.takenAt = time;
    for (const [index, name] of compactValues.entries()) {
      const tenths = bytes.readInt16BE(start + valuesAt + index * 2);
      const failure = tenths === compactNone ? undefined : addValue(draft, name, tenths / 10);
      if (failure) return failure;
    }
    for (const [name, bit] of Object.entries(compactFlags)) {
      const isAbsent = ((flags >> absentShift) & bit) !== 0;
      const failure = isAbsent ? undefined : addValue(draft, name, (flags & bit) !== 0);
      if (failure) return failure;
    }
    if (draft.count === 0) return unfit('no-value', 'the record holds no value');
    emit();
    return undefined;
  };

/** What a compact record can say. */
export interface CompactRecord {
  readonly id: string;
  readonly time: number;
  readonly values: Readonly<Partial<Record<(typeof compactValues)[number], number>>>;
  readonly flags: Readonly<Partial<Record<keyof typeof compactFlags, boolean>>>;
}

/** The record, or why it cannot hold all of this exactly. */
export function encodeCompactRecord({ id, time, values, flags }: CompactRecord): Buffer | { readonly why: string } {
  const utf8 = Buffer.from(id, 'utf8');
  if (utf8.length > compactIdMax) return { why: `an id of ${utf8.length} bytes; ${compactIdMax} have room` };
  if (!Number.isInteger(time) || time < 0 || time > timeMax) return { why: `${time} is no time in whole milliseconds` };
  const record = Buffer.alloc(compactSize);
  record[0] = utf8.length;
  record.set(utf8, 1);
  record.writeBigUInt64BE(BigInt(time), timeAt);
  for (const [index, name] of compactValues.entries()) {
    const value = values[name];
    const tenths = value === undefined ? compactNone : Math.round(value * 10);
    if (value !== undefined && (tenths / 10 !== value || Object.is(value, -0)))
      return { why: `${name} ${value} is finer than a tenth` };
    if (tenths < compactNone || tenths > 32_767 || (value !== undefined && tenths === compactNone))
      return { why: `${name} ${value} is beyond ±3276.7` };
    record.writeInt16BE(tenths, valuesAt + index * 2);
  }
  for (const [name, bit] of Object.entries(compactFlags)) {
    const flag = flags[name as keyof typeof compactFlags];
    record[flagsAt]! |= flag === undefined ? bit << absentShift : flag ? bit : 0;
  }
  return record;
}
