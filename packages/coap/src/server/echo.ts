import { createHmac } from 'node:crypto';
import type { Clock, Entropy } from '@selvedge/kernel';
import type { Line } from '../line.ts';

/** Values that only who receives at an address can send back (RFC 9175 §2), without a memory of them. */
export interface Echoes {
  make(line: Line): Buffer;
  /** Whether this endpoint made it for that peer, lately. */
  verify(line: Line, value: Buffer): boolean;
}

/** Milliseconds in which a value is good for two at least. */
const period = 60_000;
const size = 8;

export function echoes({ clock, entropy }: { readonly clock: Clock; readonly entropy: Entropy }): Echoes {
  const key = entropy.bytes(32);
  const at = (line: Line, number: number): Buffer =>
    createHmac('sha256', key).update(`${number} ${line.key}`).digest().subarray(0, size);
  const current = (): number => Math.floor(clock.ticks() / period);
  return {
    make: (line) => at(line, current()),
    verify: (line, value) => [0, 1, 2].some((age) => at(line, current() - age).equals(value)),
  };
}
