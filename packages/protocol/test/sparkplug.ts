import { Buffer } from 'node:buffer';

/** A metric as a test states it: the name of the value field says how the value goes on the wire. */
export interface WrittenMetric {
  readonly name?: string;
  readonly alias?: number | bigint;
  readonly timestamp?: number | bigint;
  readonly datatype?: number;
  readonly isNull?: boolean;
  readonly int?: number;
  readonly long?: number | bigint;
  readonly float?: number;
  readonly double?: number;
  readonly boolean?: boolean;
  readonly text?: string | Uint8Array;
  /** A field of wire type 2 with that number, such as a data set. */
  readonly structure?: number;
}

export interface WrittenPayload {
  readonly timestamp?: number | bigint;
  readonly seq?: number;
  readonly uuid?: string;
  readonly metrics?: readonly WrittenMetric[];
}

/** Writes a Sparkplug B payload. Written apart from the decoder, after the published sparkplug_b.proto. */
export function sparkplug({ timestamp, seq, uuid, metrics = [] }: WrittenPayload): Buffer {
  return Buffer.concat([
    ...(timestamp === undefined ? [] : [varintField(1, timestamp)]),
    ...metrics.map((one) => bytesField(2, metric(one))),
    ...(seq === undefined ? [] : [varintField(3, seq)]),
    ...(uuid === undefined ? [] : [bytesField(4, Buffer.from(uuid))]),
  ]);
}

function metric(one: WrittenMetric): Buffer {
  const numbers = [
    [2, one.alias],
    [3, one.timestamp],
    [4, one.datatype],
    [10, one.int],
    [11, one.long],
  ] as const;
  const switches = [
    [7, one.isNull],
    [14, one.boolean],
  ] as const;
  const texts = [
    [1, one.name],
    [15, one.text],
  ] as const;
  return Buffer.concat([
    ...numbers.flatMap(([field, value]) => (value === undefined ? [] : [varintField(field, value)])),
    ...switches.flatMap(([field, value]) => (value === undefined ? [] : [varintField(field, value ? 1 : 0)])),
    ...texts.flatMap(([field, value]) =>
      value === undefined ? [] : [bytesField(field, Buffer.from(value as string))],
    ),
    ...(one.float === undefined ? [] : [fixed(12, 5, (room) => room.writeFloatLE(one.float!, 1), 4)]),
    ...(one.double === undefined ? [] : [fixed(13, 1, (room) => room.writeDoubleLE(one.double!, 1), 8)]),
    ...(one.structure === undefined ? [] : [bytesField(one.structure, Buffer.from([8, 1]))]),
  ]);
}

function fixed(field: number, wire: number, write: (room: Buffer) => void, size: number): Buffer {
  const room = Buffer.alloc(1 + size);
  write(room);
  room[0] = (field << 3) | wire;
  return room;
}

const varintField = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(field << 3), varint(value)]);

const bytesField = (field: number, content: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);

/** Negative numbers as 64 bits of two's complement. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}
