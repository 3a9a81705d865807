/** Writes a bit, or reads one and does not look at `bit`; either way gives it. */
export interface BitCoder {
  bit(context: number, bit: number): number;
}

/** What went by lately, and where what seems to repeat itself goes on. */
export interface TextMemory {
  readonly history: Uint8Array;
  /** Bytes so far. */
  at: number;
  /** Where bytes of each hash were followed last. */
  readonly follows: Int32Array;
  /** The byte that is expected next stands there; −1 where none is. */
  match: number;
  /** Bytes in a row that came as expected, and of the last three, as bits, which did not. */
  length: number;
  misses: number;
}

const historySize = 2 ** 16;
const followsSize = 2 ** 14;
/** Bytes that must be the same before a repetition is expected. */
const hashed = 4;
const lengthMax = 15;
const hits = (lengthMax + 1) * 8;
/** Contexts that `codeByte` needs. */
export const textContexts = hits + 256 * 256;

export const textMemory = (): TextMemory => ({
  history: new Uint8Array(historySize),
  at: 0,
  follows: new Int32Array(followsSize).fill(-1),
  match: -1,
  length: 0,
  misses: 0,
});

/**
 * Codes a byte of a text. Where the last four bytes were seen before, the byte that followed them is expected, and one bit
 * says that it comes; else the byte is coded by its bits, in contexts of the byte before it. After a byte that came
 * otherwise the repetition is held on to, for only a digit may have changed.
 */
export function codeByte(coder: BitCoder, memory: TextMemory, start: number, byte: number): number {
  const { history, follows } = memory;
  let told = -1;
  if (memory.match >= 0) {
    const expected = history[memory.match % historySize]!;
    const context = start + Math.min(memory.length, lengthMax) * 8 + memory.misses;
    const isHit = coder.bit(context, byte === expected ? 1 : 0);
    if (isHit === 1) told = expected;
    memory.match += 1;
    memory.length = isHit === 1 ? memory.length + 1 : 0;
    memory.misses = ((memory.misses << 1) | (1 - isHit)) & 7;
  }
  if (told < 0) {
    const before = memory.at > 0 ? history[(memory.at - 1) % historySize]! : 0;
    const place = start + hits + before * 256;
    let node = 1;
    for (let i = 7; i >= 0; i--) node = node * 2 + coder.bit(place + node, (byte >>> i) & 1);
    told = node - 256;
  }
  history[memory.at % historySize] = told;
  memory.at += 1;
  if (memory.at < hashed) return told;
  const key = hashOf(history, memory.at);
  const earlier = follows[key]!;
  follows[key] = memory.at;
  if (memory.length === 0 && earlier >= 0 && memory.at - earlier < historySize) memory.match = earlier;
  return told;
}

/** Of the last four bytes before `at`. */
function hashOf(history: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = at - hashed; i < at; i++) sum = Math.imul(sum + history[i % historySize]! + 1, 0x2c1b3c6d);
  return (sum >>> 12) % followsSize;
}
