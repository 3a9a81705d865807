import { field, u16, varint } from '../../test/support/wire.ts';
import type { Frame } from '../support/proxy.ts';

/** The parts of a PUBLISH of MQTT 5. */
export interface Publish {
  readonly first: number;
  readonly topic: Buffer;
  readonly id: number;
  readonly properties: readonly Buffer[];
  readonly payload: Buffer;
}

/** The parts of a CONNECT of MQTT 5; `rest` begins with the will properties, or whatever is behind the identifier. */
export interface Connect {
  readonly flags: number;
  readonly keepAlive: number;
  readonly properties: readonly Buffer[];
  readonly clientId: Buffer;
  readonly rest: Buffer;
}

/** Sizes of property values by identifier; all others are a text or binary. */
const fixed: Readonly<Record<number, number>> = {
  1: 1,
  2: 4,
  17: 4,
  19: 2,
  23: 1,
  24: 4,
  25: 1,
  33: 2,
  34: 2,
  35: 2,
  36: 1,
  37: 1,
  39: 4,
  40: 1,
  41: 1,
  42: 1,
};

export function publishOf({ first, body }: Frame): Publish {
  const topic = text(body, 0);
  const qos = (first >> 1) & 3;
  const at = topic.end + (qos > 0 ? 2 : 0);
  const { list, end } = propertiesAt(body, at);
  const id = qos > 0 ? body.readUInt16BE(topic.end) : 0;
  return { first, topic: topic.bytes, id, properties: list, payload: body.subarray(end) };
}

export function publishFrame({ first, topic, id, properties, payload }: Publish): Frame {
  const packetId = (first & 6) === 0 ? [] : [u16(id)];
  return { first, body: Buffer.concat([field(topic), ...packetId, encoded(properties), payload]) };
}

export function connectOf({ body }: Frame): Connect {
  const { list, end } = propertiesAt(body, 10);
  const clientId = text(body, end);
  return {
    flags: body[7]!,
    keepAlive: body.readUInt16BE(8),
    properties: list,
    clientId: clientId.bytes,
    rest: body.subarray(clientId.end),
  };
}

export function connectFrame({ flags, keepAlive, properties, clientId, rest }: Connect): Frame {
  const head = [field('MQTT'), Buffer.of(5, flags), u16(keepAlive), encoded(properties)];
  return { first: 0x10, body: Buffer.concat([...head, field(clientId), rest]) };
}

/** The properties that begin at `at` with their length, one by one, and the place behind them. */
export function propertiesAt(body: Buffer, at: number): { readonly list: readonly Buffer[]; readonly end: number } {
  const size = varintAt(body, at);
  const end = size.end + size.value;
  const list: Buffer[] = [];
  for (let from = size.end; from < end; ) {
    const to = propertyEnd(body, from);
    list.push(body.subarray(from, to));
    from = to;
  }
  return { list, end };
}

export const encoded = (properties: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat(properties);
  return Buffer.concat([varint(bytes.length), bytes]);
};

function propertyEnd(body: Buffer, at: number): number {
  const id = body[at]!;
  if (id === 11) return varintAt(body, at + 1).end;
  if (id === 38) return text(body, text(body, at + 1).end).end;
  const size = fixed[id];
  return size === undefined ? text(body, at + 1).end : at + 1 + size;
}

function text(body: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } {
  const end = at + 2 + body.readUInt16BE(at);
  return { bytes: body.subarray(at + 2, end), end };
}

function varintAt(body: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = from; ; at++) {
    const byte = body[at]!;
    value += (byte & 0x7f) * 128 ** (at - from);
    if (byte < 0x80) return { value, end: at + 1 };
  }
}
