import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';
import { type Coder, choice, columnsMax, levelsMax } from './coder.ts';
import { type Contexts, contexts, growContexts, rangeReader, rangeWriter } from './range-coder.ts';
import { type BitCoder, codeByte, type TextMemory, textContexts, textMemory } from './text-model.ts';

/**
 * Numbers as bits under adaptive arithmetic coding. A number's size is split by its level: the lower bits are even, what
 * is above them is counted in ones, each with its own context of column and level, so that the contexts learn
 * the shape of each distribution. Far ones continue with the count of their bits.
 *
 *   number = (1)×high 0, low bits even, sign unless 0          high = size >> shift, shift by level
 *          | (1)×far, (1)×bits 0, bits even, low bits even, sign
 *   byte   = 8 bits, highest first, each in the context of those before it
 */
export interface RangedMemory {
  /** Where the contexts of each column begin: those of numbers, then those of bytes, and last those of text; 0 before the first. */
  readonly starts: Int32Array;
  readonly contexts: Contexts;
  used: number;
  /** From the first byte on that was predicted. */
  text: TextMemory | undefined;
}

export const rangedMemory = (): RangedMemory => ({
  starts: new Int32Array(columnsMax * 2 + 1),
  contexts: contexts(1),
  used: 1,
  text: undefined,
});

/** Ones before a number counts as far. */
const far = 20;
/** Contexts of one level of one column: the ones, and the sign. */
const perLevel = 24;
const signAt = far + 1;
/** Contexts of one column: its levels, and the ones of far numbers. */
const farAt = levelsMax * perLevel;
const farMax = 54;
const perColumn = farAt + farMax + 1;
const perBytes = 256;

/** Lower bits of a number that are even, so that about three ones are left above them. */
const shifts = Uint8Array.from({ length: levelsMax }, (_, level) =>
  level >= choice ? 0 : level > 32 ? level - 20 : Math.max(0, ((level - 3) >> 1) - 1),
);

const textPlace = columnsMax * 2;

/** Codes `length` bytes at `at`, or puts them there. */
function codeText(range: BitCoder, memory: RangedMemory, bytes: Uint8Array, at: number, length: number): void {
  const text = (memory.text ??= textMemory());
  const start = startOf(memory, textPlace, textContexts);
  for (let i = at; i < at + length; i++) {
    const told = codeByte(range, text, start, bytes[i]!);
    // The writer's bytes are the journal's, which nobody may write to.
    if (told !== bytes[i]) bytes[i] = told;
  }
}

/** Powers of two, which are quicker looked up than computed. */
const powers = Float64Array.from({ length: 64 }, (_, bits) => 2 ** bits);

function startOf(memory: RangedMemory, place: number, size: number): number {
  const known = memory.starts[place]!;
  if (known > 0) return known;
  const start = memory.used;
  memory.used += size;
  if (memory.used > memory.contexts.chances.length) growContexts(memory.contexts, memory.used);
  memory.starts[place] = start;
  return start;
}

export interface RangedWriter extends Coder {
  /** Without `apart`, bytes apart are predicted and stand among the numbers. */
  begin(memory: RangedMemory, apart: ByteSink | undefined): void;
  finish(into: ByteSink): void;
}

export function rangedWriter(): RangedWriter {
  const range = rangeWriter();
  let memory!: RangedMemory;
  let apart: ByteSink | undefined;

  const even = (value: number, count: number): void => {
    if (count <= 16) {
      range.even(value, count);
      return;
    }
    range.even(value % 0x1_0000, 16);
    even(Math.floor(value / 0x1_0000), count - 16);
  };
  const writeFar = (start: number, rest: number): void => {
    let bits = 0;
    for (let one = rest + 1; one >= 2; one /= 2) {
      range.bit(start + farAt + bits, 1);
      bits += 1;
    }
    range.bit(start + farAt + bits, 0);
    even(rest + 1 - powers[bits]!, bits);
  };
  return {
    isReading: false,
    begin(all, sink) {
      memory = all;
      apart = sink;
      range.begin(all.contexts);
    },
    number(column, level, value) {
      const start = startOf(memory, column * 2, perColumn);
      const place = start + level * perLevel;
      const size = value < 0 ? -value : value;
      const shift = shifts[level]!;
      const isSmall = size < 0x8000_0000 && shift < 31;
      const high = isSmall ? size >>> shift : Math.floor(size / powers[shift]!);
      if (high < far) {
        for (let i = 0; i < high; i++) range.bit(place + i, 1);
        range.bit(place + high, 0);
      } else {
        for (let i = 0; i < far; i++) range.bit(place + i, 1);
        writeFar(start, high - far);
      }
      if (shift > 0) even(isSmall ? size & ((1 << shift) - 1) : size % powers[shift]!, shift);
      if (size > 0) range.bit(place + signAt, value < 0 ? 1 : 0);
      return value;
    },
    byte(column, value) {
      const start = startOf(memory, column * 2 + 1, perBytes);
      for (let i = 7, node = 1; i >= 0; i--) {
        const bit = (value >>> i) & 1;
        range.bit(start + node, bit);
        node = node * 2 + bit;
      }
      return value;
    },
    bytes(bytes, at, length) {
      if (apart) apart.bytes(bytes, at, at + length);
      else codeText(range, memory, bytes, at, length);
    },
    finish: (into) => range.finish(into),
  };
}

/** Throws a RangeError where a number is beyond 2^53; behind the end it reads what zeros stand for. */
export function rangedReader(memory: RangedMemory, numbers: ByteSource, apart: ByteSource | undefined): Coder {
  const range = rangeReader(memory.contexts, numbers);

  const even = (count: number): number =>
    count <= 16 ? range.even(count) : range.even(16) + even(count - 16) * 0x1_0000;
  const readFar = (start: number): number => {
    let bits = 0;
    while (range.bit(start + farAt + bits) === 1) {
      bits += 1;
      if (bits === farMax) throw new RangeError('a number beyond 2^53');
    }
    return powers[bits]! + even(bits) - 1;
  };
  return {
    isReading: true,
    number(column, level) {
      const start = startOf(memory, column * 2, perColumn);
      const place = start + level * perLevel;
      const shift = shifts[level]!;
      let high = 0;
      while (high < far && range.bit(place + high) === 1) high += 1;
      if (high === far) high += readFar(start);
      const size = shift > 0 ? high * powers[shift]! + even(shift) : high;
      if (size > Number.MAX_SAFE_INTEGER) throw new RangeError('a number beyond 2^53');
      return size > 0 && range.bit(place + signAt) === 1 ? -size : size;
    },
    byte(column) {
      const start = startOf(memory, column * 2 + 1, perBytes);
      let node = 1;
      while (node < 256) node = node * 2 + range.bit(start + node);
      return node - 256;
    },
    bytes(bytes, at, length) {
      if (apart) apart.copy(bytes, at, length);
      else codeText(range, memory, bytes, at, length);
    },
  };
}
