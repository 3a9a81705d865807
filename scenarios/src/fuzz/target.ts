import type { Random } from '@selvedge/kernel';
import type { Input } from './input.ts';

/** What is fuzzed. */
export interface Target {
  readonly name: string;
  /** Draws the next input; it learns from what `Learning` has kept. */
  draw(random: Random, learnt: readonly Drawn[]): Drawn;
  /** The messages that a write is made of, as far as they can be told apart: for a finding to be made smaller. */
  split(chunk: Buffer, via: string): readonly Buffer[];
  /** A new life of the thing, with peers who behave well. `seed` decides its settings. */
  open(seed: number, plant: Plant): Promise<Ground>;
}

/** An input with what it was made of, so that a later one can be made of the same. */
export interface Drawn {
  readonly input: Input;
  readonly origin: unknown;
}

/** A bug that is built in on purpose, to see it found. */
export type Plant = 'none' | 'throws' | 'rejects' | 'leaks' | 'hoards' | 'hangs' | 'spins' | 'starves' | 'speaks';

export const plants: readonly Plant[] = ['throws', 'rejects', 'leaks', 'hoards', 'hangs', 'spins', 'starves', 'speaks'];

/** One life of what is fuzzed. */
export interface Ground {
  /** Takes one input in. Throws `Broken` where a promise does not hold. */
  feed(input: Input): Promise<Outcome>;
  /**
   * Ends what the fuzzed peers have begun and lets all time pass that anything of theirs may be kept. Throws `Broken`
   * where something of them is left, or a well-behaved peer has not got what it should have.
   */
  rest(): Promise<void>;
  close(): Promise<void>;
}

export interface Outcome {
  readonly accepted: boolean;
  /** Why it was refused, or `accepted`: one of a bounded number of texts. */
  readonly reason: string;
  /** What it led to, step by step; an input with a new one is worth building upon. */
  readonly trail: string;
}

export type FindingKind = 'crash' | 'hang' | 'growth' | 'promise';

/** A promise that does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly kind: FindingKind;

  constructor(kind: FindingKind, why: string, options?: ErrorOptions) {
    super(why, options);
    this.kind = kind;
  }
}

/** Texts with different numbers and names in them are one reason. */
export const reasonOf = (why: string): string =>
  why
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/\d+/g, 'N')
    .slice(0, 80);
