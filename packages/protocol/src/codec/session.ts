import type { Buffer } from 'node:buffer';
import { valueKind } from '../shape.ts';
import { type ByteTable, byteTable } from './byte-table.ts';
import { columnsMax } from './coder.ts';
import { fixedColumns } from './columns.ts';
import { unitOf } from './number-form.ts';
import { type NumberStates, numberStates } from './number-states.ts';
import { textColumn } from './text-column.ts';
import { type DeviceTimes, deviceTimes } from './times.ts';
import { expectFirst, stride } from './whole.ts';

/** What both ends of a stream remember of what went over it. Each end changes it in the same way, row by row. */
export interface Session {
  readonly deviceIds: ByteTable;
  readonly shapeBytes: ByteTable;
  readonly devices: Device[];
  readonly shapes: RowShape[];
  readonly series: Series[];
  readonly numbers: NumberStates;
  /** The series of the row before; what followed it last time is expected to follow it again. */
  lastSeries: Series | undefined;
  /** `receivedAt` of the row before. */
  receivedAt: number;
  /** Means of what each fixed column held, signs put aside. */
  readonly sizes: Float64Array;
  /** Which exceptions the row before was. */
  lastMask: number;
  /** How far `receivedAt` of the first reading of a batch is from `appendedAt`. */
  lag: number;
  appendedAt: number;
  batchCount: number;
  klass: number;
  /** Texts that may still be remembered. */
  textsLeft: number;
  /** The next column that a new shape may take. */
  nextColumn: number;
}

export interface Device {
  readonly index: number;
  readonly utf8: Uint8Array;
  readonly series: Series[];
  boot: number;
  seq: number;
  readonly times: DeviceTimes;
}

/** Names and kinds of values, and the columns that they fill. */
export interface RowShape {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly kinds: Uint8Array;
  readonly columns: Uint16Array;
  /** By value; those that are no text have none. */
  readonly texts: readonly (ByteTable | undefined)[];
  /** Forms in which the last number of each value came: new devices of the shape begin with them. */
  readonly forms: Uint8Array;
  /** Of each number, what the first one of a new device is expected to be, and how far off that was. */
  readonly firsts: Float64Array;
  /** Whether all values are numbers. */
  readonly isNumeric: boolean;
  /** Bytes of all values, those of texts apart. */
  readonly valuesLength: number;
}

/** The readings of one device that have one shape. */
export interface Series {
  readonly index: number;
  readonly device: Device;
  readonly shape: RowShape;
  /** The first of its places in `numbers`; values that are no numbers have one too. */
  readonly numbersAt: number;
  flags: number;
  quality: number;
  next: Series | undefined;
  /** Reader only: a record of this series, to be copied and filled. */
  template: Buffer | undefined;
}

/** Bounds of what a session remembers. What does not fit is written as it is, and the encoder starts anew. */
export const sessionBounds = { devices: 8_192, shapes: 512, series: 8_192, values: 65_536, texts: 16_384 } as const;

export function freshSession(): Session {
  return {
    deviceIds: byteTable(),
    shapeBytes: byteTable(),
    devices: [],
    shapes: [],
    series: [],
    numbers: numberStates(),
    lastSeries: undefined,
    receivedAt: 0,
    sizes: new Float64Array(fixedColumns).fill(1),
    lastMask: 0,
    lag: 0,
    appendedAt: 0,
    batchCount: 1,
    klass: 0,
    textsLeft: sessionBounds.texts,
    nextColumn: fixedColumns,
  };
}

export function addDevice(session: Session, utf8: Uint8Array): Device {
  const device: Device = {
    index: session.deviceIds.add(utf8),
    utf8,
    series: [],
    boot: 0,
    seq: -1,
    times: deviceTimes(session.receivedAt),
  };
  session.devices.push(device);
  return device;
}

/** Undefined where the bytes are no shape. */
export function addShape(session: Session, bytes: Uint8Array): RowShape | undefined {
  const kinds = kindsOf(bytes);
  if (!kinds) return undefined;
  const columns = Uint16Array.from(kinds, (_, i) => fixedColumns + ((session.nextColumn - fixedColumns + i) % spread));
  session.nextColumn += kinds.length;
  const shape: RowShape = {
    index: session.shapeBytes.add(bytes),
    bytes,
    kinds,
    columns,
    texts: Array.from(kinds, (kind) => (kind === valueKind.text ? textColumn() : undefined)),
    forms: new Uint8Array(kinds.length),
    firsts: new Float64Array(kinds.length * 2),
    isNumeric: kinds.every((kind) => kind === valueKind.number),
    valuesLength: kinds.reduce(
      (sum, kind) => sum + (kind === valueKind.number ? 8 : kind === valueKind.boolean ? 1 : 2),
      0,
    ),
  };
  session.shapes.push(shape);
  return shape;
}

/** Shapes beyond these columns share columns with others. */
const spread = columnsMax - fixedColumns;

export function addSeries(session: Session, device: Device, shape: RowShape): Series {
  const series: Series = {
    index: session.series.length,
    device,
    shape,
    numbersAt: session.numbers.open(shape.forms),
    flags: 0,
    quality: 0,
    next: undefined,
    template: undefined,
  };
  for (let i = 0; i < shape.forms.length; i++) {
    const unit = unitOf(shape.forms[i]!);
    const [guess, off] = [shape.firsts[i * 2]!, shape.firsts[i * 2 + 1]!];
    expectFirst(session.numbers.state, (series.numbersAt + i) * stride, Math.round(guess * unit), off * unit);
  }
  session.series.push(series);
  device.series.push(series);
  return series;
}

/** Whether a series with this many values, its device and its shape would still be remembered. */
export const hasRoom = (session: Session, values: number): boolean =>
  session.devices.length < sessionBounds.devices &&
  session.shapes.length < sessionBounds.shapes &&
  session.series.length < sessionBounds.series &&
  session.numbers.count + values <= sessionBounds.values;

function kindsOf(bytes: Uint8Array): Uint8Array | undefined {
  const kinds = new Uint8Array(bytes[0] ?? 0);
  let at = 1;
  for (let i = 0; i < kinds.length; i++) {
    const kind = bytes[at];
    if (kind === undefined || kind > valueKind.text) return undefined;
    kinds[i] = kind;
    at += 2 + (bytes[at + 1] ?? 0);
  }
  return at === bytes.length ? kinds : undefined;
}

/** What the first number of a device teaches about those of the next devices. */
export function learnFirst(shape: RowShape, place: number, value: number): void {
  const guess = shape.firsts[place * 2]!;
  const late = Math.abs(value - guess);
  shape.firsts[place * 2] = guess === 0 ? value : guess + (value - guess) * 0.125;
  shape.firsts[place * 2 + 1]! += ((guess === 0 ? late * 0.125 : late) - shape.firsts[place * 2 + 1]!) * 0.25;
}
