import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';
import { readDoubles, writeDoubles } from './double-column.ts';
import { integerSpanMax, readIntegers, writeIntegers } from './integer-column.ts';

/**
 * Finite doubles, given back bit by bit. What sensors send are short decimals: 21.37 is 2137 at scale 2, and 2137 / 100
 * is exactly the double that was sent, which is checked for every value. The few that are not (−0 among them) stand
 * beside; a column with many of them is written as doubles.
 *
 *   numbers = mode:u8(=0) scale:u8 exceptions:varint (distance:varint double)* integers
 *           | mode:u8(=1) doubles
 */
export function writeNumbers(sink: ByteSink, values: Float64Array): void {
  const decimal = asDecimals(values);
  if (!decimal) {
    sink.byte(1);
    writeDoubles(sink, values);
    return;
  }
  sink.byte(0);
  sink.byte(decimal.scale);
  sink.varint(decimal.exceptions.length);
  let before = 0;
  for (const index of decimal.exceptions) {
    sink.varint(index - before);
    sink.double(values[index]!);
    before = index;
  }
  writeIntegers(sink, decimal.integers);
}

export function readNumbers(source: ByteSource, count: number): Float64Array {
  const mode = source.byte();
  if (mode === 1) return readDoubles(source, count);
  if (mode !== 0) throw new RangeError(`mode ${mode} of a number column is unknown`);
  const power = powers[source.byte()];
  if (power === undefined) throw new RangeError('the scale of a number column is unknown');
  const exceptions = new Map<number, number>();
  for (let left = source.varint(), at = 0; left > 0; left--) {
    at += source.varint();
    if (at >= count) throw new RangeError(`exception ${at} of ${count} rows`);
    exceptions.set(at, source.double());
  }
  const values = readIntegers(source, count);
  if (power !== 1) for (let i = 0; i < count; i++) values[i]! /= power;
  for (const [index, value] of exceptions) values[index] = value;
  return values;
}

const powers = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
const noScale = powers.length;

interface Decimals {
  readonly scale: number;
  readonly integers: Float64Array;
  /** Rows whose value stands beside; their integer repeats the one before. */
  readonly exceptions: readonly number[];
}

function asDecimals(values: Float64Array): Decimals | undefined {
  const exceptionsMax = values.length >> 4;
  const scale = commonScale(values, exceptionsMax);
  if (scale === noScale) return undefined;
  const power = powers[scale]!;
  const integers = new Float64Array(values.length);
  const exceptions: number[] = [];
  let before = 0;
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const whole = Math.round(value * power);
    if (isExact(value, whole, power)) {
      before = whole;
      if (whole < least) least = whole;
      if (whole > largest) largest = whole;
    } else exceptions.push(i);
    integers[i] = before;
  }
  // Rows before the first whole number would hold 0, far away from their neighbours.
  for (let i = 0; i < integers.length && exceptions[i] === i; i++) integers[i] = least;
  return exceptions.length > exceptionsMax || largest - least > integerSpanMax
    ? undefined
    : { scale, integers, exceptions };
}

/** The smallest scale at which all but `exceptionsMax` of the values are whole, or `noScale`. */
function commonScale(values: Float64Array, exceptionsMax: number): number {
  const needing = new Uint32Array(noScale + 1);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    // Neighbours mostly have as many digits, so the search begins at the scale of the one before.
    const value = values[i]!;
    let scale = last;
    if (isExactAt(value, scale)) while (scale > 0 && isExactAt(value, scale - 1)) scale -= 1;
    else while (scale < noScale && !isExactAt(value, scale)) scale += 1;
    needing[scale]! += 1;
    if (scale < noScale) last = scale;
    if (needing[noScale]! > exceptionsMax) return noScale;
  }
  let beyond = values.length;
  for (let scale = 0; scale < noScale; scale++) {
    beyond -= needing[scale]!;
    if (beyond <= exceptionsMax) return scale;
  }
  return noScale;
}

const isExactAt = (value: number, scale: number): boolean =>
  isExact(value, Math.round(value * powers[scale]!), powers[scale]!);

const isExact = (value: number, whole: number, power: number): boolean =>
  whole / power === value && Math.abs(whole) <= integerSpanMax && (value !== 0 || 1 / value > 0);
