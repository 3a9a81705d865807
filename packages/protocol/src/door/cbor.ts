import { type CborValue, isCborTag } from '../cbor/cbor-value.ts';
import { parseCbor } from '../cbor/parse-cbor.ts';
import { emitObjects, plainRules } from './members.ts';
import type { PayloadDecoder } from './payload-decoder.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';

/**
 * CBOR: a map of values that means what the same object means in JSON, or a list of such maps. Keys that are whole numbers
 * name values by their digits. A time may be tagged 0 or 1; other tags and bytes say nothing that a reading can keep.
 */
export const decodeCbor: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const parsed = parseCbor(bytes, start, end);
  if ('reason' in parsed) return parsed;
  const plain = plainOf(parsed.value);
  if ('reason' in plain) return plain;
  return emitObjects(draft, Array.isArray(plain.value) ? plain.value : [plain.value], plainRules, emit);
};

/** RFC 8949 section 3.4.1, 3.4.2, 3.4.3, 3.4.4 and 3.4.6. */
const tags = { timeText: 0, time: 1, big: 2, negativeBig: 3, decimal: 4, cbor: 55_799 } as const;

type Plain = { readonly value: unknown };

/** The value as JSON would have given it: maps as objects without a prototype, tags resolved. */
export function plainOf(value: CborValue): Plain | PayloadFailure {
  if (typeof value === 'bigint') return unfit('value-not-exact', `${value} is beyond 2^53`);
  if (typeof value !== 'object' || value === null) return { value };
  if (value instanceof Uint8Array) return unfit('value-unsupported', `${value.length} bytes are no value`);
  if (value instanceof Map) return plainMap(value);
  if (isCborTag(value)) return resolveTag(value.tag, value.value);
  return plainList(value as readonly CborValue[]);
}

function plainList(list: readonly CborValue[]): Plain | PayloadFailure {
  const plain: unknown[] = [];
  for (const one of list) {
    const found = plainOf(one);
    if ('reason' in found) return found;
    plain.push(found.value);
  }
  return { value: plain };
}

function plainMap(map: ReadonlyMap<string | number, CborValue>): Plain | PayloadFailure {
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, one] of map) {
    const name = String(key);
    if (name in plain) return unfit('name-doubled', `${name} has two values, one named by a number`);
    const found = plainOf(one);
    if ('reason' in found) return found;
    plain[name] = found.value;
  }
  return { value: plain };
}

function resolveTag(tag: number | bigint, content: CborValue): Plain | PayloadFailure {
  switch (tag) {
    case tags.cbor:
      return plainOf(content);
    case tags.timeText:
      return typeof content === 'string' ? { value: content } : unfit('payload-not-cbor', 'tag 0 is of text');
    case tags.time:
      return secondsOf(content);
    case tags.big:
    case tags.negativeBig:
      return wholeOf(content, tag);
    case tags.decimal:
      return decimalOf(content);
    default:
      return unfit('cbor-unsupported', `tag ${tag} is not understood`);
  }
}

/** Seconds since 1970, as ISO 8601 so that none are taken for milliseconds. */
function secondsOf(content: CborValue): Plain | PayloadFailure {
  const time = typeof content === 'number' ? new Date(Math.round(content * 1_000)) : undefined;
  if (time === undefined) return unfit('payload-not-cbor', 'tag 1 is of a number');
  if (Number.isNaN(time.getTime())) return unfit('time-unreadable', `${content} s is not a time`);
  return { value: time.toISOString() };
}

/** A number of up to 64 bits is all that is read, so that a long one costs nothing. */
function wholeOf(content: CborValue, tag: 2 | 3): Plain | PayloadFailure {
  if (!(content instanceof Uint8Array)) return unfit('payload-not-cbor', `tag ${tag} is of bytes`);
  const found = content.findIndex((byte) => byte !== 0);
  const digits = found < 0 ? content.subarray(0, 0) : content.subarray(found);
  if (digits.length > 8) return unfit('value-not-exact', `a number of ${digits.length} bytes is beyond 2^53`);
  const size = digits.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const whole = tag === tags.big ? size : -1n - size;
  return plainOf(Number.isSafeInteger(Number(whole)) ? Number(whole) : whole);
}

/** RFC 8949 section 3.4.4: mantissa times ten to the exponent, as the double that is nearest. */
function decimalOf(content: CborValue): Plain | PayloadFailure {
  const [exponent, mantissa, ...more] = Array.isArray(content) ? (content as readonly CborValue[]) : [];
  if (!Number.isSafeInteger(exponent) || !Number.isSafeInteger(mantissa) || more.length > 0)
    return unfit('payload-not-cbor', 'tag 4 is of a list of exponent and mantissa');
  return { value: Number(`${String(mantissa)}e${String(exponent)}`) };
}
