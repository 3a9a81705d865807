import type { Value } from '../../reading.ts';
import { type PayloadFailure, unfit } from '../payload-failure.ts';
import { type Metric, wholeOf } from './payload-b.ts';

/** Sparkplug 3.0 section 6.4.16: the data types that are one value each. Structures and lists have higher numbers. */
const types = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint64: 8,
  boolean: 11,
  dateTime: 13,
  uuid: 15,
} as const;

const fields = { int: 10, long: 11, float: 12, double: 13, boolean: 14, text: 15 } as const;

const view = new DataView(new ArrayBuffer(8));

/** The value of a metric of that type; undefined when it has none. Type 0 is one that nobody has told. */
export function metricValue(metric: Metric, type: number, name: string): { readonly value?: Value } | PayloadFailure {
  if (metric.isNull || metric.valueField === 0) return {};
  const { low, high, valueField } = metric;
  switch (valueField) {
    case fields.int:
      return type === types.boolean ? { value: low !== 0 } : narrow(low, type, name);
    case fields.long:
      return long(low, high, type, name);
    case fields.float:
      view.setUint32(0, low);
      return { value: view.getFloat32(0) };
    case fields.double:
      view.setUint32(0, high);
      view.setUint32(4, low);
      return { value: view.getFloat64(0) };
    case fields.boolean:
      return { value: low !== 0 };
    case fields.text:
      return metric.text === undefined
        ? unfit('payload-not-utf8', `${shown(name)} is not UTF-8`)
        : { value: metric.text };
    default:
      return unfit('sparkplug-unsupported', `${shown(name)} of type ${type} is a structure`);
  }
}

/** `int_value` is without sign on the wire; of the signed types it holds the two's complement, in 32 bits or its own. */
function narrow(low: number, type: number, name: string): { readonly value: number } | PayloadFailure {
  if (type === 0 && low > 0x7fff_ffff) return typeUnknown(name);
  if (type !== types.int8 && type !== types.int16 && type !== types.int32) return { value: low };
  const spare = type === types.int8 ? 24 : type === types.int16 ? 16 : 0;
  const value = (low << spare) >> spare;
  if (low !== value >>> 0 && low !== (value << spare) >>> spare)
    return unfit('value-unfit', `${shown(name)} is ${low}, more than type ${type} can say`);
  return { value };
}

function long(low: number, high: number, type: number, name: string): { readonly value: number } | PayloadFailure {
  if (type === 0 && high > 0x7fff_ffff) return typeUnknown(name);
  const isNegative = type >= types.int8 && type <= types.int64 && high > 0x7fff_ffff;
  // The size of a negative number: its complement and one.
  const size = isNegative ? wholeOf(~low >>> 0, ~high >>> 0) + 1 : wholeOf(low, high);
  if (!Number.isSafeInteger(size) || size < (isNegative ? 1 : 0))
    return unfit('value-not-exact', `${shown(name)} is beyond 2^53`);
  return { value: isNegative ? -size : size };
}

const typeUnknown = (name: string): PayloadFailure =>
  unfit('alias-unknown', `${shown(name)} may be negative, and no birth told its type`);

const shown = (name: string): string => name.slice(0, 64);
