import { bytes, number, type Piece } from '../pieces/piece.ts';
import { list, packet, property, propertyForms, text, type Version, varintPiece } from './grammar.ts';

/** The packets of a captured stream of one client as trees; what cannot be taken apart stays bytes. */
export function dissect(stream: Buffer): { readonly version: Version; readonly packets: readonly Piece[] } {
  const cursor = new Cursor(stream);
  const packets: Piece[] = [];
  let version: Version = 4;
  while (cursor.left > 0) {
    const first = cursor.take(1)[0]!;
    const body = new Cursor(cursor.take(cursor.varint()));
    if (first === 0x10) version = body.bytes[6] === 5 ? 5 : 4;
    packets.push(packet(first, [...partsOf(first, body, version), ...body.rest()]));
  }
  return { version, packets };
}

function partsOf(first: number, body: Cursor, version: Version): readonly Piece[] {
  const listed = (): readonly Piece[] => (version === 5 && body.left > 0 ? [body.list()] : []);
  switch (first >> 4) {
    case 1:
      return connectParts(body, version);
    case 3:
      return [body.text(), ...((first & 6) === 0 ? [] : [body.number(2)]), ...listed()];
    case 8: {
      const parts = [body.number(2), ...listed()];
      while (body.left > 0) parts.push(body.text(), body.number(1));
      return parts;
    }
    case 10: {
      const parts = [body.number(2), ...listed()];
      while (body.left > 0) parts.push(body.text());
      return parts;
    }
    case 4:
    case 5:
    case 6:
    case 7:
      return [body.number(2), ...(body.left > 0 ? [body.number(1)] : []), ...listed()];
    case 14:
    case 15:
      return [...(body.left > 0 ? [body.number(1)] : []), ...listed()];
    default:
      return [];
  }
}

function connectParts(body: Cursor, version: Version): readonly Piece[] {
  const listed = (): readonly Piece[] => (version === 5 ? [body.list()] : []);
  const head = [body.text(), body.number(1)];
  const flags = body.bytes[body.at]!;
  const parts = [...head, body.number(1), body.number(2), ...listed(), body.text()];
  if ((flags & 4) !== 0) parts.push(...listed(), body.text(), body.text());
  while (body.left > 0) parts.push(body.text());
  return parts;
}

/** Walks captured bytes, which are what a good client has sent. */
class Cursor {
  readonly bytes: Buffer;
  at = 0;

  constructor(from: Buffer) {
    this.bytes = from;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Buffer {
    if (count > this.left) throw new RangeError(`a capture ends ${count - this.left} bytes too early`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  rest = (): readonly Piece[] => (this.left > 0 ? [bytes(this.take(this.left))] : []);
  number = (size: 1 | 2 | 4): Piece => number(size, this.take(size).readUIntBE(0, size));
  text = (): Piece => text(this.take(this.take(2).readUInt16BE()));

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.take(1)[0]!;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  }

  list(): Piece {
    const inner = new Cursor(this.take(this.varint()));
    const properties: Piece[] = [];
    while (inner.left > 0) {
      const id = inner.varint();
      properties.push(property(id, inner.value(id)));
    }
    return list(properties);
  }

  value(id: number): readonly Piece[] {
    switch (propertyForms.get(id)) {
      case 'u8':
        return [this.number(1)];
      case 'u16':
        return [this.number(2)];
      case 'u32':
        return [this.number(4)];
      case 'varint':
        return [varintPiece(this.varint())];
      case 'pair':
        return [this.text(), this.text()];
      default:
        return [this.text()];
    }
  }
}
