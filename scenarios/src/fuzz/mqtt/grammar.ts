import { bytes, type GroupPiece, group, number, type Piece, type Wrap } from '../pieces/piece.ts';

export type Version = 4 | 5;

/*
 * The grammar of MQTT as trees, written apart from the broker's codec (sections 2 and 3 of MQTT 5):
 *
 *   packet   = first:u8 length:varint part*        first is the tag
 *   text     = length:u16 bytes                    also binary data
 *   list     = length:varint property*
 *   property = id:varint value                     id is the tag
 */

export const varint = (value: number): Buffer => {
  const written: number[] = [];
  let rest = value;
  do {
    written.push((rest % 128) + (rest > 127 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(written);
};

const packetWrap: Wrap = (content, size, tag) => [Buffer.of(tag), varint(size), content];
const textWrap: Wrap = (content, size) => [Buffer.of(size >> 8, size), content];
const listWrap: Wrap = (content, size) => [varint(size), content];
const propertyWrap: Wrap = (content, _size, tag) => [varint(tag), content];

export const packet = (first: number, parts: readonly Piece[]): GroupPiece => group(packetWrap, parts, first);
export const text = (content: string | Uint8Array): GroupPiece => group(textWrap, [bytes(content)]);
export const list = (properties: readonly Piece[]): GroupPiece => group(listWrap, properties);
export const property = (id: number, value: readonly Piece[]): GroupPiece => group(propertyWrap, value, id);
export const varintPiece = (value: number): Piece => bytes(varint(value));

export type PropertyForm = 'u8' | 'u16' | 'u32' | 'varint' | 'text' | 'pair';

/** Section 2.2.2.2. */
export const propertyForms: ReadonlyMap<number, PropertyForm> = new Map<number, PropertyForm>([
  ...[0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a].map((id) => [id, 'u8'] as const),
  ...[0x13, 0x21, 0x22, 0x23].map((id) => [id, 'u16'] as const),
  ...[0x02, 0x11, 0x18, 0x27].map((id) => [id, 'u32'] as const),
  ...[0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1a, 0x1c, 0x1f].map((id) => [id, 'text'] as const),
  [0x0b, 'varint'],
  [0x26, 'pair'],
]);

/** Packets by their number, with the properties that each may carry. */
export const propertiesOf = {
  connect: [0x11, 0x21, 0x27, 0x22, 0x19, 0x17, 0x26, 0x15, 0x16],
  will: [0x18, 0x01, 0x02, 0x03, 0x08, 0x09, 0x26],
  publish: [0x01, 0x02, 0x23, 0x08, 0x09, 0x26, 0x03],
  acknowledgement: [0x1f, 0x26],
  subscribe: [0x0b, 0x26],
  unsubscribe: [0x26],
  disconnect: [0x11, 0x1f, 0x26],
  auth: [0x15, 0x16, 0x1f, 0x26],
} as const;

export interface ConnectParts {
  readonly version: Version;
  readonly flags: number;
  readonly keepAlive: number;
  readonly properties: readonly Piece[];
  readonly clientId: string;
  readonly will?: { readonly properties: readonly Piece[]; readonly topic: string; readonly payload: string };
  readonly username?: string;
  readonly password?: string;
}

export function connect(about: ConnectParts): Piece {
  const { version, flags, keepAlive, properties, clientId, will, username, password } = about;
  const listed = (some: readonly Piece[]): readonly Piece[] => (version === 5 ? [list(some)] : []);
  return packet(0x10, [
    ...[text('MQTT'), number(1, version), number(1, flags), number(2, keepAlive), ...listed(properties)],
    text(clientId),
    ...(will ? [...listed(will.properties), text(will.topic), text(will.payload)] : []),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  ]);
}
