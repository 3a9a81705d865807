import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Whole numbers as differences of order 0, 1 or 2, whichever needs the fewest bits, written as planes: the lowest byte of
 * every row, then the next byte of every row, and so on. A plane holds bytes of like weight, which zstd packs well; a
 * constant column has no planes at all.
 *
 *   integers = order:u8 width:u8 [start:double]×(order or 1) plane×width
 *   plane    = byte×count
 *
 * Order 0 counts from its smallest value; the others fold signs away (0, −1, 1, −2 … become 0, 1, 2, 3 …).
 */
export function writeIntegers(sink: ByteSink, values: Float64Array): void {
  const count = values.length;
  const order = cheapestOrder(values);
  const folded = new Float64Array(count);
  let largest = 0;
  if (order === 0) {
    const least = smallest(values);
    for (let i = 0; i < count; i++) {
      const one = values[i]! - least;
      folded[i] = one;
      if (one > largest) largest = one;
    }
    writeHead(sink, 0, largest);
    sink.double(least);
  } else {
    for (let i = order; i < count; i++) {
      const step = values[i]! - values[i - 1]!;
      const one = fold(order === 1 ? step : step - (values[i - 1]! - values[i - 2]!));
      folded[i] = one;
      if (one > largest) largest = one;
    }
    writeHead(sink, order, largest);
    for (let i = 0; i < order; i++) sink.double(values[i]!);
  }
  writePlanes(sink, folded, widthOf(largest));
}

/** Beyond this distance between the ends, second differences would leave the range that doubles count exactly. */
export const integerSpanMax = 2 ** 50;

export function readIntegers(source: ByteSource, count: number): Float64Array {
  const order = source.byte();
  const width = source.byte();
  if (order > 2 || width > 7) throw new RangeError(`order ${order}, width ${width}`);
  const first = source.double();
  const second = order === 2 ? source.double() : 0;
  const values = readPlanes(source, count, width);
  if (order === 0) {
    for (let i = 0; i < count; i++) values[i]! += first;
    return values;
  }
  let before = first;
  let step = second - first;
  if (count > 0) values[0] = first;
  if (order === 2 && count > 1) values[1] = before = second;
  for (let i = order; i < count; i++) {
    const one = unfold(values[i]!);
    step = order === 1 ? one : step + one;
    values[i] = before += step;
  }
  return values;
}

const fold = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unfold = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

function writeHead(sink: ByteSink, order: number, largest: number): void {
  sink.byte(order);
  sink.byte(widthOf(largest));
}

function widthOf(largest: number): number {
  let width = 0;
  for (let rest = largest; rest >= 1; rest /= 256) width += 1;
  return width;
}

function smallest(values: Float64Array): number {
  let least = values.length > 0 ? values[0]! : 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < least) least = values[i]!;
  return least;
}

/** Bits that each order would need, estimated by the logarithm; too few rows for a difference leave a lower order. */
function cheapestOrder(values: Float64Array): 0 | 1 | 2 {
  if (values.length < 3) return 0;
  const least = smallest(values);
  let plain = bits(values[0]! - least) + bits(values[1]! - least);
  let once = bits(2 * Math.abs(values[1]! - values[0]!));
  let twice = 0;
  let step = values[1]! - values[0]!;
  for (let i = 2; i < values.length; i++) {
    const next = values[i]! - values[i - 1]!;
    plain += bits(values[i]! - least);
    once += bits(2 * Math.abs(next));
    twice += bits(2 * Math.abs(next - step));
    step = next;
  }
  if (twice < once && twice < plain) return 2;
  return once < plain ? 1 : 0;
}

const bits = (value: number): number => (value < 0x1_0000_0000 ? 32 - Math.clz32(value) : Math.log2(value));

function writePlanes(sink: ByteSink, values: Float64Array, width: number): void {
  const count = values.length;
  const room = sink.room(count * width);
  if (width <= 4) {
    for (let i = 0; i < count; i++) {
      for (let plane = 0, rest = values[i]!; plane < width; plane++, rest >>>= 8) room[plane * count + i] = rest;
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    const high = Math.floor(values[i]! / 0x1_0000_0000);
    for (let plane = 0, rest = values[i]! >>> 0; plane < 4; plane++, rest >>>= 8) room[plane * count + i] = rest;
    for (let plane = 4, rest = high; plane < width; plane++, rest >>>= 8) room[plane * count + i] = rest;
  }
}

function readPlanes(source: ByteSource, count: number, width: number): Float64Array {
  const values = new Float64Array(count);
  const room = source.bytes(count * width);
  for (let plane = 0, weight = 1; plane < width; plane++, weight *= 256) {
    const start = plane * count;
    for (let i = 0; i < count; i++) values[i]! += room[start + i]! * weight;
  }
  return values;
}
