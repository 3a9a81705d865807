import { Buffer } from 'node:buffer';

/** What a message can hold. */
export type MessageValue =
  | null
  | boolean
  | number
  | string
  | readonly MessageValue[]
  | { readonly [name: string]: MessageValue };

/**
 * MessagePack in its shortest form; the grammar stands in `message-pack-parse.ts`. A number that single precision holds is
 * written in it. Numbers that are not finite have no place in a message and throw a RangeError.
 */
export function encodeMessagePack(value: MessageValue): Buffer {
  const parts: Uint8Array[] = [];
  write(parts, value);
  return Buffer.concat(parts);
}

function write(parts: Uint8Array[], value: MessageValue): void {
  if (value === null) parts.push(Uint8Array.of(0xc0));
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  else if (typeof value === 'number') parts.push(numberOf(value));
  else if (typeof value === 'string') {
    const utf8 = Buffer.from(value, 'utf8');
    parts.push(headOf(utf8.length, 0xa0, 32, [0xd9, 0xda, 0xdb]), utf8);
  } else if (Array.isArray(value)) {
    parts.push(headOf(value.length, 0x90, 16, [undefined, 0xdc, 0xdd]));
    for (const one of value as readonly MessageValue[]) write(parts, one);
  } else {
    const entries = Object.entries(value);
    parts.push(headOf(entries.length, 0x80, 16, [undefined, 0xde, 0xdf]));
    for (const [name, one] of entries) {
      write(parts, name);
      write(parts, one);
    }
  }
}

/** The head of a text, list or map: with its length inside, or behind in 1, 2 or 4 bytes. */
function headOf(length: number, short: number, below: number, long: readonly (number | undefined)[]): Uint8Array {
  if (length < below) return Uint8Array.of(short | length);
  const width = length < 0x100 && long[0] !== undefined ? 0 : length < 0x1_0000 ? 1 : 2;
  const head = Buffer.alloc(1 + (1 << width));
  head[0] = long[width]!;
  head.writeUIntBE(length, 1, 1 << width);
  return head;
}

function numberOf(value: number): Uint8Array {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a number that a message can hold`);
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return wholeOf(value);
  const isSingle = Math.fround(value) === value;
  const bytes = Buffer.alloc(isSingle ? 5 : 9);
  bytes[0] = isSingle ? 0xca : 0xcb;
  if (isSingle) bytes.writeFloatBE(value, 1);
  else bytes.writeDoubleBE(value, 1);
  return bytes;
}

function wholeOf(value: number): Uint8Array {
  if (value >= -32 && value < 128) return Uint8Array.of(value & 0xff);
  const size = value < 0 ? -value - 1 : value;
  const limit = value < 0 ? 2 : 1;
  const width = size < 2 ** 8 / limit ? 0 : size < 2 ** 16 / limit ? 1 : size < 2 ** 32 / limit ? 2 : 3;
  const bytes = Buffer.alloc(1 + (1 << width));
  bytes[0] = (value < 0 ? 0xd0 : 0xcc) + width;
  if (width === 3) bytes.writeBigInt64BE(BigInt(value), 1);
  else if (value < 0) bytes.writeIntBE(value, 1, 1 << width);
  else bytes.writeUIntBE(value, 1, 1 << width);
  return bytes;
}
