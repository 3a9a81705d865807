import { Buffer } from 'node:buffer';

/** A JSON value in CBOR; with `isIndefinite` its lists, maps and texts are written without their lengths. */
export function encodeCborItem(value: unknown, isIndefinite: boolean): Buffer {
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9, 0xfb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'string') {
    const utf8 = Buffer.from(value, 'utf8');
    const text = Buffer.concat([head(3, utf8.length), utf8]);
    return isIndefinite ? Buffer.concat([Buffer.from([0x7f]), text, Buffer.from([0xff])]) : text;
  }
  const isList = Array.isArray(value);
  const items = isList ? value : Object.entries(value as object).flat();
  const encoded = items.map((item) => encodeCborItem(item, isIndefinite));
  if (isIndefinite) return Buffer.concat([Buffer.from([isList ? 0x9f : 0xbf]), ...encoded, Buffer.from([0xff])]);
  return Buffer.concat([head(isList ? 4 : 5, isList ? items.length : items.length / 2), ...encoded]);
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  const bytes = Buffer.from([(major << 5) | 25, 0, 0]);
  bytes.writeUInt16BE(argument, 1);
  return bytes;
}
