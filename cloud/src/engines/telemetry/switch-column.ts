import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';

/** Booleans, eight to a byte, lowest bit first. */
export function writeSwitches(sink: ByteSink, values: readonly boolean[]): void {
  const room = sink.room(Math.ceil(values.length / 8));
  room.fill(0);
  for (let i = 0; i < values.length; i++) if (values[i]) room[i >> 3]! |= 1 << (i & 7);
}

export function readSwitches(source: ByteSource, count: number): boolean[] {
  const room = source.bytes(Math.ceil(count / 8));
  return Array.from({ length: count }, (_, i) => ((room[i >> 3]! >> (i & 7)) & 1) === 1);
}
