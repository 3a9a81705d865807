import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Doubles that are no short decimals, byte plane by byte plane: as they are, or each combined by XOR with the one before,
 * which leaves zeros where neighbours agree. The one whose planes hold less information is taken.
 *
 *   doubles = combined:u8 plane×8        lowest byte first
 */
export function writeDoubles(sink: ByteSink, values: Float64Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const combined = words.slice();
  for (let i = words.length - 1; i >= 2; i--) combined[i]! ^= combined[i - 2]!;
  const better = planeBits(combined) < planeBits(words);
  sink.byte(better ? 1 : 0);
  const from = better ? combined : words;
  const room = sink.room(values.length * 8);
  for (let plane = 0; plane < 8; plane++) {
    const shift = (plane % 4) * 8;
    const start = plane * values.length;
    for (let i = 0, word = plane >> 2; word < from.length; word += 2) room[start + i++] = from[word]! >>> shift;
  }
}

export function readDoubles(source: ByteSource, count: number): Float64Array {
  const combined = source.byte() === 1;
  const room = source.bytes(count * 8);
  const values = new Float64Array(count);
  const words = new Uint32Array(values.buffer);
  for (let plane = 0; plane < 8; plane++) {
    const shift = (plane % 4) * 8;
    const start = plane * count;
    for (let i = 0, word = plane >> 2; i < count; i++, word += 2) words[word]! |= room[start + i]! << shift;
  }
  if (combined) for (let i = 2; i < words.length; i++) words[i]! ^= words[i - 2]!;
  return values;
}

/** Bits of information in the planes, taking each byte by its own frequency. */
function planeBits(words: Uint32Array): number {
  const rows = words.length / 2;
  const seen = new Uint32Array(256);
  let total = 0;
  for (let plane = 0; plane < 8; plane++) {
    seen.fill(0);
    const shift = (plane % 4) * 8;
    for (let word = plane >> 2; word < words.length; word += 2) seen[(words[word]! >>> shift) & 0xff]! += 1;
    for (const times of seen) if (times > 0) total += times * Math.log2(rows / times);
  }
  return total;
}
