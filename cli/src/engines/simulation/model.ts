import type { Random } from '@selvedge/kernel';
import type { Value } from '@selvedge/protocol';

export type Values = Readonly<Record<string, Value>>;

/** What a simulated device does with a command: the answer, or why it does not obey. */
export type Obeyed = { readonly done: true; readonly result: Values } | { readonly done: false; readonly why: string };

/** The physics behind one simulated device. Times are seconds since its start; the same seed gives the same history. */
export interface Model {
  /** Goes on to `seconds` and reads the instruments. */
  step(seconds: number): Values;
  obey(command: string, given: Values, seconds: number): Obeyed;
}

export type ModelMaker = (random: Random, about: { readonly index: number }) => Model;

export const unknownCommand = (command: string, known: readonly string[]): Obeyed => ({
  done: false,
  why: `there is no command ${command}; there are ${known.join(', ')}`,
});

/** A number of a command's arguments, within bounds. */
export function numberOf(given: Values, name: string, bounds: { min: number; max: number; otherwise: number }): number {
  const value = given[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) return bounds.otherwise;
  return Math.min(bounds.max, Math.max(bounds.min, value));
}
