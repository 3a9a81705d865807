/**
 * The tests' own view of the wire, written apart from the product's codec so that a mistake there cannot hide here.
 * Times are in seconds, as on the wire.
 */

export type Version = 4 | 5;
export type Bytes = Uint8Array | string;

export const u8 = (value: number): Buffer => Buffer.of(value);
export const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);
export const u32 = (value: number): Buffer =>
  Buffer.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(rest > 127 ? (rest % 128) + 128 : rest);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

export const field = (value: Bytes): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u16(bytes.length), bytes]);
};

export const packet = (first: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u8(first), varint(body.length), body]);
};

/** One property: its identifier and its encoded value. */
export const property = (id: number, ...value: readonly Uint8Array[]): Buffer => Buffer.concat([u8(id), ...value]);

/** The properties of a version 5 packet; nothing at all for version 4. */
const properties = (version: Version, list: readonly Uint8Array[] = []): Buffer => {
  if (version === 4) return Buffer.alloc(0);
  const body = Buffer.concat(list);
  return Buffer.concat([varint(body.length), body]);
};

export interface ConnectFields {
  version?: Version;
  clientId?: Bytes;
  clean?: boolean;
  keepAlive?: number;
  properties?: readonly Uint8Array[];
  username?: Bytes;
  password?: Bytes;
  will?: { topic: Bytes; payload: Bytes; qos?: number; retain?: boolean; properties?: readonly Uint8Array[] };
}

export function connect(fields: ConnectFields = {}): Buffer {
  const { version = 4, clientId = 'client', clean = true, keepAlive = 0, will, username, password } = fields;
  const flags =
    (clean ? 0x02 : 0) |
    (will ? 0x04 | ((will.qos ?? 0) << 3) | (will.retain ? 0x20 : 0) : 0) |
    (password === undefined ? 0 : 0x40) |
    (username === undefined ? 0 : 0x80);
  return packet(
    0x10,
    field('MQTT'),
    Buffer.of(version, flags),
    u16(keepAlive),
    properties(version, fields.properties),
    field(clientId),
    ...(will ? [properties(version, will.properties), field(will.topic), field(will.payload)] : []),
    ...(username === undefined ? [] : [field(username)]),
    ...(password === undefined ? [] : [field(password)]),
  );
}

export interface PublishFields {
  version?: Version;
  topic?: Bytes;
  payload?: Bytes;
  qos?: number;
  retain?: boolean;
  dup?: boolean;
  id?: number;
  properties?: readonly Uint8Array[];
}

export function publish(fields: PublishFields = {}): Buffer {
  const { version = 4, topic = 'a', payload = '', qos = 0, retain = false, dup = false, id = 1 } = fields;
  return packet(
    0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0),
    field(topic),
    ...(qos > 0 ? [u16(id)] : []),
    properties(version, fields.properties),
    Buffer.from(payload as string),
  );
}

const acknowledgement =
  (first: number) =>
  (id: number, code?: number): Buffer =>
    code === undefined ? packet(first, u16(id)) : packet(first, u16(id), u8(code));

export const puback = acknowledgement(0x40);
export const pubrec = acknowledgement(0x50);
export const pubrel = acknowledgement(0x62);
export const pubcomp = acknowledgement(0x70);

/** `options` is the whole options byte, of which the lowest two bits are the QoS. */
export function subscribe(
  filters: readonly (readonly [filter: Bytes, options: number])[],
  {
    version = 4,
    id = 1,
    properties: list = [],
  }: { version?: Version; id?: number; properties?: readonly Uint8Array[] } = {},
): Buffer {
  const wishes = filters.map(([filter, options]) => Buffer.concat([field(filter), u8(options)]));
  return packet(0x82, u16(id), properties(version, list), ...wishes);
}

export const unsubscribe = (filters: readonly Bytes[], version: Version = 4, id = 1): Buffer =>
  packet(0xa2, u16(id), properties(version), ...filters.map(field));

export const pingreq = packet(0xc0);
export const disconnect = (code?: number, list?: readonly Uint8Array[]): Buffer =>
  code === undefined ? packet(0xe0) : packet(0xe0, u8(code), ...(list ? [properties(5, list)] : []));
