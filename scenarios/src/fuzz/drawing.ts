import { seeded } from '@selvedge/kernel';
import { whole } from '../cast/chance.ts';
import type { Input } from './input.ts';
import type { Drawn, Target } from './target.ts';

/** Inputs that led somewhere new, of which later ones are made. */
const learntMax = 300;

/** The inputs of a life, one after the other. */
export interface Drawing {
  next(): Drawn;
  learn(drawn: Drawn): void;
}

/** What is drawn follows from the seed and from what was learnt. */
export function drawing(target: Target, seed: number): Drawing {
  const random = seeded(seed);
  const learnt: Drawn[] = [];
  return {
    next: (): Drawn => target.draw(random, learnt),
    learn(drawn: Drawn): void {
      if (learnt.length < learntMax) learnt.push(drawn);
      else learnt[whole(random, 0, learntMax - 1)] = drawn;
    },
  };
}

/** As it stood after so many inputs; `each` is given them once more. */
export function drawUpTo(
  target: Target,
  seed: number,
  isNew: Uint8Array,
  count: number,
  each: (input: Input, at: number) => void,
): Drawing {
  const draw = drawing(target, seed);
  for (let at = 0; at < count; at++) {
    const drawn = draw.next();
    if (isNew[at] === 1) draw.learn(drawn);
    each(drawn.input, at);
  }
  return draw;
}
