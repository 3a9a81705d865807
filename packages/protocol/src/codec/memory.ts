import { type RangedMemory, rangedMemory } from './ranged.ts';
import { type RowCoder, rowCoder } from './row-coder.ts';
import { freshSession, type Session } from './session.ts';

/** What one end of a stream remembers from bundle to bundle. */
export interface Memory {
  readonly session: Session;
  readonly rows: RowCoder;
  readonly ranged: RangedMemory;
  /** Bundles so far. */
  number: number;
  /** Where the last run ended, and the hash there; −1 before the first. */
  offset: number;
  hash: Uint8Array;
}

export function freshMemory(): Memory {
  const session = freshSession();
  return { session, rows: rowCoder(session), ranged: rangedMemory(), number: 0, offset: -1, hash: new Uint8Array(0) };
}
