import type { Buffer } from 'node:buffer';
import { type PayloadFailure, unfit } from '../payload-failure.ts';
import { timeMax } from '../time.ts';
import { readUtf8 } from '../utf8.ts';
import { eachField, type Field, wire } from './protobuf.ts';

/** One metric, with its value still undecoded: which type it has may stand in a birth alone. */
export interface Metric {
  /** Empty: only the alias is given. */
  readonly name: string;
  /** -1: none. */
  readonly alias: number;
  /** Milliseconds; -1: none of its own. */
  readonly time: number;
  /** Sparkplug's data type; 0: not given. */
  readonly type: number;
  readonly isNull: boolean;
  /** Number of the field in which the value came, 10 to 19; 0: none. */
  readonly valueField: number;
  /** The bits of a value that is a number or a switch. */
  readonly low: number;
  readonly high: number;
  /** A value that is text; undefined when its bytes are not UTF-8. */
  readonly text: string | undefined;
}

export interface SparkplugPayload {
  /** Milliseconds; -1: none. */
  readonly time: number;
  /** 0 to 255; -1: none. */
  readonly seq: number;
  readonly metrics: readonly Metric[];
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/**
 * Reads a Sparkplug B payload (sparkplug_b.proto of Eclipse Tahu; Sparkplug 3.0 section 6.4). Fields that are not named
 * here mean nothing to a reading and are passed over.
 *
 *   payload = 1 timestamp:u64 · 2 metric* · 3 seq:u64 · 4 uuid:text
 *   metric  = 1 name:text · 2 alias:u64 · 3 timestamp:u64 · 4 datatype:u32 · 7 is_null:bool, and one of
 *             10 int:u32 · 11 long:u64 · 12 float · 13 double · 14 boolean · 15 text · 16 to 19 structures
 */
export function parsePayloadB(bytes: Buffer, start: number, end: number): SparkplugPayload | PayloadFailure {
  const metrics: Metric[] = [];
  const payload: Mutable<SparkplugPayload> = { time: -1, seq: -1, metrics };
  const failure = eachField(bytes, start, end, (field) => {
    if (field.number === 1 && field.wire === wire.varint) return setTime(payload, field);
    if (field.number === 3 && field.wire === wire.varint) return setNumber(payload, 'seq', field);
    if (field.number === 4 && field.wire === wire.length) return checkUuid(bytes, field);
    if (field.number !== 2 || field.wire !== wire.length) return undefined;
    const metric = parseMetric(bytes, field.start, field.end);
    if ('reason' in metric) return metric;
    metrics.push(metric);
    return undefined;
  });
  return failure ?? payload;
}

/** The marker by which Tahu says that the true payload lies compressed in `body`. */
function checkUuid(bytes: Buffer, { start, end }: Field): PayloadFailure | undefined {
  if (bytes.toString('latin1', start, end) !== 'SPBV1.0_COMPRESSED') return undefined;
  return unfit('sparkplug-unsupported', 'the payload is compressed');
}

function parseMetric(bytes: Buffer, start: number, end: number): Metric | PayloadFailure {
  const metric: Mutable<Metric> = {
    name: '',
    alias: -1,
    time: -1,
    type: 0,
    isNull: false,
    valueField: 0,
    low: 0,
    high: 0,
    text: '',
  };
  const failure = eachField(bytes, start, end, (field) => {
    if (field.wire === wireOf.get(field.number)) return readMetricField(metric, bytes, field);
    return field.number <= valueFieldMax ? strayField(field) : undefined;
  });
  return failure ?? metric;
}

const valueFieldMax = 19;

/** Which wire type each field has; a known field of another one is a mistake, an unknown field is none. */
const wireOf: ReadonlyMap<number, number> = new Map([
  ...[1, 8, 9, 15, 16, 17, 18, 19].map((number) => [number, wire.length] as const),
  ...[2, 3, 4, 5, 6, 7, 10, 11, 14].map((number) => [number, wire.varint] as const),
  [12, wire.fourBytes],
  [13, wire.eightBytes],
]);

const strayField = ({ number, wire: found }: Field): PayloadFailure =>
  unfit('payload-not-sparkplug', `field ${number} of a metric has wire type ${found}`);

function readMetricField(metric: Mutable<Metric>, bytes: Buffer, field: Field): PayloadFailure | undefined {
  switch (field.number) {
    case 1: {
      const name = readUtf8(bytes, field.start, field.end);
      if (name === undefined) return unfit('payload-not-utf8', 'the name of a metric is not UTF-8');
      metric.name = name;
      return undefined;
    }
    case 2:
      return setNumber(metric, 'alias', field);
    case 3:
      return setTime(metric, field);
    case 4:
      metric.type = field.low;
      return undefined;
    case 7:
      metric.isNull = field.low !== 0;
      return undefined;
    default:
      if (field.number < 10) return undefined;
      metric.valueField = field.number;
      metric.low = field.low;
      metric.high = field.high;
      if (field.number === 15) metric.text = readUtf8(bytes, field.start, field.end);
      return undefined;
  }
}

/** What two halves of 32 bits say; -1 beyond 2^53, where a number would be rounded. */
export const wholeOf = (low: number, high: number): number => (high > 0x1f_ffff ? -1 : high * 2 ** 32 + low);

function setNumber<Name extends string>(
  target: Record<Name, number>,
  name: Name,
  { low, high }: Field,
): PayloadFailure | undefined {
  target[name] = wholeOf(low, high);
  return target[name] < 0 ? unfit('value-not-exact', `${name} is beyond 2^53`) : undefined;
}

function setTime(target: { time: number }, { low, high }: Field): PayloadFailure | undefined {
  target.time = wholeOf(low, high);
  if (target.time >= 0 && target.time <= timeMax) return undefined;
  return unfit('time-unreadable', 'a timestamp is beyond the year 275760');
}
