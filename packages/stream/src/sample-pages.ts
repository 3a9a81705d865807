/**
 * Packed samples in pages that many windows share: a thousand windows of their own arrays would leave the memory in
 * pieces, and an object for each block would cost more than what is in it.
 *
 *     page    1 024 bytes: start:f64 lowest:f64 power:u8 timeWidth:u8 valueWidth:u8 -:u8 count:u16 -:u16
 *             times:timeWidth[count] padding to 8 values:valueWidth[count]
 *
 * A time is its distance from `start`. A value is `(lowest + steps) / 10^power`, or a double where no power of ten fits.
 */
export interface SamplePages {
  /** Packs `samples[0..count)` into a fresh page, as many as fit one; gives how many, and the page in `packed`. */
  pack(times: Float64Array, values: Float64Array, from: number, count: number): number;
  /** The page that `pack` filled last. */
  readonly packed: number;
  count(page: number): number;
  timeAt(page: number, index: number): number;
  valueAt(page: number, index: number): number;
  /** The page may be used again. */
  free(page: number): void;
  readonly bytes: number;
}

const pageSize = 1_024;
const headerSize = 24;
const pagesOfSlab = 64;
/** Of a page, without its header and what aligns the values. */
const room = pageSize - headerSize - 7;
/** Samples in a page of the usual widths, two bytes for a time and two for a value. */
export const samplesOfPage = Math.floor(room / 4);

interface Slab {
  readonly bytes: Uint8Array;
  readonly shorts: Uint16Array;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
}

/** What sensors report mostly has at most so many decimals. */
const decimalsMax = 6;
const powers = Array.from({ length: decimalsMax + 1 }, (_, digits) => 10 ** digits);
/** In the header: the values are doubles. */
const noPower = 255;

export function samplePages(): SamplePages {
  const slabs: Slab[] = [];
  const spare: number[] = [];
  let packed = -1;

  const take = (): number => {
    if (spare.length === 0) {
      const first = slabs.length * pagesOfSlab;
      slabs.push(emptySlab());
      for (let page = first + pagesOfSlab - 1; page >= first; page--) spare.push(page);
    }
    return spare.pop()!;
  };
  const slabOf = (page: number): Slab => slabs[Math.floor(page / pagesOfSlab)]!;
  const placeOf = (page: number): number => (page % pagesOfSlab) * pageSize;

  return {
    get packed() {
      return packed;
    },
    pack(times, values, from, count) {
      const start = times[from]!;
      const power = commonPower(values, from, count);
      let lowest = 0;
      let highest = 0;
      if (power !== noPower) {
        lowest = Infinity;
        highest = -Infinity;
        for (let i = from; i < from + count; i++) {
          const steps = Math.round(values[i]! * powers[power]!);
          if (steps < lowest) lowest = steps;
          if (steps > highest) highest = steps;
        }
      }
      const timeWidth = widthOf(times[from + count - 1]! - start);
      const valueWidth = power === noPower ? 8 : widthOf(highest - lowest);
      const fits = Math.min(count, Math.floor(room / (timeWidth + valueWidth)));
      packed = take();
      const slab = slabOf(packed);
      const at = placeOf(packed);
      slab.doubles[at / 8] = start;
      slab.doubles[at / 8 + 1] = lowest;
      slab.bytes.set([power, timeWidth, valueWidth, 0], at + 16);
      slab.shorts[at / 2 + 10] = fits;
      const valuesAt = valuesPlace(at, timeWidth, fits);
      for (let i = 0; i < fits; i++) {
        write(slab, at + headerSize, timeWidth, i, times[from + i]! - start);
        const value = values[from + i]!;
        write(slab, valuesAt, valueWidth, i, power === noPower ? value : Math.round(value * powers[power]!) - lowest);
      }
      return fits;
    },
    count: (page) => slabOf(page).shorts[placeOf(page) / 2 + 10]!,
    timeAt(page, index) {
      const slab = slabOf(page);
      const at = placeOf(page);
      return slab.doubles[at / 8]! + read(slab, at + headerSize, slab.bytes[at + 17]!, index);
    },
    valueAt(page, index) {
      const slab = slabOf(page);
      const at = placeOf(page);
      const power = slab.bytes[at + 16]!;
      const place = valuesPlace(at, slab.bytes[at + 17]!, slab.shorts[at / 2 + 10]!);
      const steps = read(slab, place, slab.bytes[at + 18]!, index);
      return power === noPower ? steps : (slab.doubles[at / 8 + 1]! + steps) / powers[power]!;
    },
    free: (page) => void spare.push(page),
    get bytes() {
      return slabs.length * pagesOfSlab * pageSize;
    },
  };
}

function emptySlab(): Slab {
  const memory = new ArrayBuffer(pagesOfSlab * pageSize);
  return {
    bytes: new Uint8Array(memory),
    shorts: new Uint16Array(memory),
    words: new Uint32Array(memory),
    doubles: new Float64Array(memory),
  };
}

const valuesPlace = (at: number, timeWidth: number, count: number): number =>
  (at + headerSize + timeWidth * count + 7) & ~7;

const widthOf = (largest: number): 1 | 2 | 4 | 8 =>
  largest < 2 ** 8 ? 1 : largest < 2 ** 16 ? 2 : largest < 2 ** 32 ? 4 : 8;

function read(slab: Slab, at: number, width: number, index: number): number {
  if (width === 2) return slab.shorts[at / 2 + index]!;
  if (width === 1) return slab.bytes[at + index]!;
  return width === 4 ? slab.words[at / 4 + index]! : slab.doubles[at / 8 + index]!;
}

function write(slab: Slab, at: number, width: number, index: number, value: number): void {
  if (width === 2) slab.shorts[at / 2 + index] = value;
  else if (width === 1) slab.bytes[at + index] = value;
  else if (width === 4) slab.words[at / 4 + index] = value;
  else slab.doubles[at / 8 + index] = value;
}

const stepsMax = 2 ** 31;

/** The least power of ten of which every value, divided back, is exactly a whole multiple. */
function commonPower(values: Float64Array, from: number, count: number): number {
  let digits = 0;
  for (let i = from; i < from + count; i++) {
    while (!isMultiple(values[i]!, powers[digits]!)) {
      digits += 1;
      if (digits > decimalsMax) return noPower;
    }
  }
  // What fitted a lesser power need not fit one that came later.
  for (let i = from; i < from + count; i++) if (!isMultiple(values[i]!, powers[digits]!)) return noPower;
  return digits;
}

function isMultiple(value: number, power: number): boolean {
  const steps = Math.round(value * power);
  return steps / power === value && Math.abs(steps) < stepsMax;
}
