/** A place where something does not hold. */
export interface Place {
  readonly offset: number;
  readonly why: string;
}

/** Collects places up to a bound; a store that was wiped would name every offset it ever held. */
export interface Places {
  add(offset: number, why: string): void;
  /** Those kept, by offset. */
  all(): readonly Place[];
}

export function places(max = 1_000): Places {
  const kept: Place[] = [];
  return {
    add(offset, why) {
      if (kept.length < max) kept.push({ offset, why });
    },
    all: () => kept.toSorted((one, other) => one.offset - other.offset),
  };
}
