/// <reference lib="esnext.float16" />
import { Buffer } from 'node:buffer';
import { type CborValue, isCborTag } from './cbor-value.ts';

/**
 * Writes one CBOR item as RFC 8949 section 4.2.1 demands: shortest heads, shortest exact floats, definite lengths, keys in
 * the order of their bytes. So one value has one encoding. A number is whole where it can be, and `-0` is a float.
 */
export function encodeCbor(value: CborValue): Buffer {
  const parts: Uint8Array[] = [];
  write(parts, value);
  return Buffer.concat(parts);
}

function write(parts: Uint8Array[], value: CborValue): void {
  if (value === null) parts.push(simple(22));
  else if (value === undefined) parts.push(simple(23));
  else if (typeof value === 'boolean') parts.push(simple(value ? 21 : 20));
  else if (typeof value === 'bigint') writeWhole(parts, value);
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) writeWhole(parts, value);
    else parts.push(float(value));
  } else if (typeof value === 'string') {
    const utf8 = Buffer.from(value, 'utf8');
    parts.push(head(3, utf8.length), utf8);
  } else if (value instanceof Uint8Array) parts.push(head(2, value.length), value);
  else if (value instanceof Map) writeMap(parts, value);
  else if (isCborTag(value)) {
    parts.push(head(6, value.tag));
    write(parts, value.value);
  } else writeList(parts, value as readonly CborValue[]);
}

function writeWhole(parts: Uint8Array[], value: number | bigint): void {
  parts.push(value < 0 ? head(1, typeof value === 'bigint' ? -1n - value : -1 - value) : head(0, value));
}

function writeList(parts: Uint8Array[], list: readonly CborValue[]): void {
  parts.push(head(4, list.length));
  for (const one of list) write(parts, one);
}

function writeMap(parts: Uint8Array[], map: ReadonlyMap<string | number, CborValue>): void {
  parts.push(head(5, map.size));
  const entries = [...map].map(([key, value]) => [encodeCbor(key), value] as const);
  for (const [key, value] of entries.sort(([left], [right]) => Buffer.compare(left, right))) {
    parts.push(key);
    write(parts, value);
  }
}

function head(major: number, argument: number | bigint): Uint8Array {
  const initial = major << 5;
  if (argument < 24) return Uint8Array.of(initial | Number(argument));
  const size = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = initial | (24 + Math.log2(size));
  if (size === 8) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(Number(argument), 1, size);
  return bytes;
}

const simple = (value: number): Uint8Array => Uint8Array.of(0xe0 | value);

function float(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(9));
  const size = Object.is(Math.f16round(value), value) ? 2 : Object.is(Math.fround(value), value) ? 4 : 8;
  view.setUint8(0, 0xe0 | (24 + Math.log2(size)));
  if (size === 2) view.setFloat16(1, value);
  else if (size === 4) view.setFloat32(1, value);
  else view.setFloat64(1, value);
  return new Uint8Array(view.buffer, 0, 1 + size);
}
