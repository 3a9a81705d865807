/** Who of several classes goes next, so that each gets its share of what leaves whatever the others want. */
export interface Shares {
  /** The class that goes next of those that want to; undefined when none wants. */
  next(wants: (klass: number) => boolean): number | undefined;
  /** So many bytes of the class have left. */
  spend(klass: number, bytes: number): void;
  /** The size of a round: about so many bytes leave before every class that wants has had its turn. */
  resize(roundBytes: number): void;
}

/**
 * Deficit round robin over classes of unequal weight, for frames whose size is known only when they have left: a class may
 * overdraw its allowance by one frame and pays for it in the next rounds. Within a round the most urgent class goes first.
 * A class that wants nothing saves the allowance of one round, so an alarm after a silence waits for nobody's turn; what it
 * saves beyond that goes to the others. [BUD-2] [BUD-3]
 */
export function shares(weights: readonly number[], roundBytes: number): Shares {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const allowances = weights.map((weight) => weight / total);
  const left = weights.map(() => 0);
  let round = roundBytes;

  const allow = (wants: (klass: number) => boolean): void => {
    // A frame may have been larger than several rounds: so many are gone through at once.
    const needed = (klass: number): number => Math.floor(-left[klass]! / (allowances[klass]! * round)) + 1;
    const waiting = left.flatMap((_, klass) => (wants(klass) ? [needed(klass)] : []));
    const rounds = Math.max(1, Math.min(...waiting));
    for (const klass of left.keys())
      left[klass] = Math.min(allowances[klass]! * round, left[klass]! + rounds * allowances[klass]! * round);
  };

  return {
    next(wants) {
      const ready = weights.flatMap((_, klass) => (wants(klass) ? [klass] : []));
      if (ready.length === 0) return undefined;
      const first = ready.find((klass) => left[klass]! > 0);
      if (first !== undefined) return first;
      allow((klass) => ready.includes(klass));
      return ready.find((klass) => left[klass]! > 0) ?? ready[0];
    },
    spend(klass, bytes) {
      left[klass]! -= bytes;
    },
    resize(bytes) {
      round = bytes;
    },
  };
}
