import { levelAgain } from './again.ts';
import type { Input } from './input.ts';
import { brokenOf, type Finding, type LifeOptions, type Place, timed } from './life.ts';
import { reasonOf } from './target.ts';

/** Inputs to take in on a new ground, to see whether they show what was found. */
export interface Trial {
  readonly seed: number;
  readonly place: Place;
  readonly inputs: readonly Input[];
}

/** What a trial shows, undefined if all promises hold. */
export type Shown = Pick<Finding, 'kind' | 'why'> | undefined;

/** The same bug shows the same: numbers apart. */
export const signature = ({ kind, why }: Pick<Finding, 'kind' | 'why'>): string =>
  `${kind} ${reasonOf(why.replace(/ \([^)]*\)$/, ''))}`;

export async function tryOut(
  { seed, place, inputs }: Trial,
  lent: Pick<LifeOptions, 'target' | 'plant' | 'stray'>,
  begins: (input: Input | undefined) => void = () => undefined,
): Promise<Shown> {
  try {
    if (place === 'again') {
      await levelAgain({ ...lent, seed }, inputs, () => begins(undefined));
      return undefined;
    }
    const ground = await lent.target.open(seed, lent.plant);
    try {
      for (const input of inputs) {
        begins(input);
        await timed(ground, input);
        const cause = lent.stray();
        if (cause) throw cause;
      }
      begins(undefined);
      if (place === 'rest') await ground.rest();
      const cause = lent.stray();
      if (cause) throw cause;
    } finally {
      await ground.close().catch(() => undefined);
    }
    return undefined;
  } catch (cause) {
    return brokenOf(cause);
  }
}
