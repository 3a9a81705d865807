import { Buffer } from 'node:buffer';
import {
  type CompactRecord,
  compactFlags,
  compactValues,
  encodeCompactRecord,
  envelopeSize,
  messageFormats,
} from '../door/compact-record.ts';
import { encodeMessagePack, type MessageValue } from '../door/message-pack-encode.ts';

/** A message of a device as it would be in JSON: `id`, `timestamp` in milliseconds, and values. */
export type Message = { readonly [name: string]: MessageValue };

export type MessageFormat = (typeof messageFormats)[number];

export interface EncodedMessage {
  readonly format: MessageFormat;
  readonly bytes: Buffer;
  /** Whether the bytes are under the lent compression. */
  readonly isCompressed: boolean;
}

export interface MessageOptions {
  /** Lent; what it does not make smaller is sent as it is. */
  readonly compress?: (bytes: Uint8Array) => Uint8Array;
  /** Bytes beyond which compression is tried. */
  readonly compressAbove?: number;
  /** Characters of JSON beyond which MessagePack is taken. */
  readonly packAbove?: number;
  /** Whether the three bytes of the envelope stand in front; without, the topic or type must say the format. */
  readonly envelope?: boolean;
}

/** Values of the four that a compact record needs to be worth its fixed size. */
const compactMin = 2;
const envelopeMax = 0xffff;

/**
 * Chooses the format by the shape of the message: the compact record where it holds all of it exactly and at least two of
 * its four values are there, MessagePack for long ones that it makes smaller, JSON for the rest: decimals such as 3.01 are four
 * characters, but nine bytes of MessagePack. Throws a RangeError for what does not fit
 * the envelope's length.
 */
export function encodeMessage(message: Message, options: MessageOptions = {}): EncodedMessage {
  const { compress, compressAbove = 1_024, packAbove = 500, envelope = false } = options;
  const { format, bytes } = inFormat(message, packAbove);
  if (envelope && bytes.length > envelopeMax)
    throw new RangeError(`a message of ${bytes.length} bytes; an envelope holds ${envelopeMax}`);
  const whole = envelope ? Buffer.concat([headOf(format, bytes.length), bytes]) : bytes;
  const packed = compress && whole.length > compressAbove ? compress(whole) : whole;
  const isCompressed = packed.length < whole.length;
  return { format, bytes: isCompressed ? Buffer.from(packed) : whole, isCompressed };
}

function inFormat(message: Message, packAbove: number): Pick<EncodedMessage, 'format' | 'bytes'> {
  const compact = compactOf(message);
  const record = compact && encodeCompactRecord(compact);
  if (record && !('why' in record)) return { format: 'compact-record', bytes: record };
  const json = JSON.stringify(message);
  const text: Pick<EncodedMessage, 'format' | 'bytes'> = { format: 'json', bytes: Buffer.from(json, 'utf8') };
  if (json.length <= packAbove) return text;
  const bytes = encodeMessagePack(message);
  return bytes.length < text.bytes.length ? { format: 'message-pack', bytes } : text;
}

function headOf(format: MessageFormat, length: number): Buffer {
  const head = Buffer.alloc(envelopeSize);
  head[0] = messageFormats.indexOf(format);
  head.writeUInt16BE(length, 1);
  return head;
}

/** The message as a compact record; undefined where it has other members, or too few. */
function compactOf(message: Message): CompactRecord | undefined {
  const { id, timestamp, ...rest } = message;
  if (typeof id !== 'string' || id === '' || typeof timestamp !== 'number') return undefined;
  const values: Record<string, number> = {};
  const flags: Record<string, boolean> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === 'number' && (compactValues as readonly string[]).includes(name)) values[name] = value;
    else if (typeof value === 'boolean' && Object.hasOwn(compactFlags, name)) flags[name] = value;
    else return undefined;
  }
  return Object.keys(values).length >= compactMin ? { id, time: timestamp, values, flags } : undefined;
}

/** Messages and bytes by format: what was said, and what went out. */
export interface FormatTally {
  add(message: EncodedMessage, jsonBytes: number): void;
  rows(): readonly FormatRow[];
}

export interface FormatRow {
  readonly format: MessageFormat;
  readonly messages: number;
  readonly compressed: number;
  /** Bytes that went out, and what the same messages have as JSON. */
  readonly bytes: number;
  readonly jsonBytes: number;
}

export function formatTally(): FormatTally {
  const rows = new Map<MessageFormat, { messages: number; compressed: number; bytes: number; jsonBytes: number }>();
  return {
    add({ format, bytes, isCompressed }, jsonBytes) {
      const row = rows.get(format) ?? { messages: 0, compressed: 0, bytes: 0, jsonBytes: 0 };
      row.messages += 1;
      row.compressed += isCompressed ? 1 : 0;
      row.bytes += bytes.length;
      row.jsonBytes += jsonBytes;
      rows.set(format, row);
    },
    rows: () => [...rows].map(([format, row]) => ({ format, ...row })),
  };
}
