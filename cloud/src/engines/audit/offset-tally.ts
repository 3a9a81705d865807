/**
 * The first 128 bits of a record's SHA-256, as four words: nobody finds a second record that has them, and a million of
 * them are 16 MiB.
 */
export type Fingerprint = readonly [number, number, number, number];

/** Holds what a range of offsets should contain against what telemetry has. */
export interface OffsetTally {
  /** The log has a reading at the offset. With `pending` the consumers have not come to it yet. */
  expect(offset: number, fingerprint: Fingerprint, pending: boolean): void;
  /** Telemetry has a reading that says it is from the offset. */
  see(offset: number, fingerprint: Fingerprint): Seen;
  /** Offsets whose reading was expected and not seen. */
  missing(): Iterable<number>;
}

/** stored: as it should be. unknown: the log has no reading there. again: seen before. altered: with other bytes. */
export type Seen = 'stored' | 'unknown' | 'again' | 'altered';

const empty = 0;
const expected = 1;
const seen = 2;
const pending = 3;

/** For offsets from `from` to before `from + length`. */
export function offsetTally(from: number, length: number): OffsetTally {
  const states = new Uint8Array(length);
  const words = new Uint32Array(4 * length);
  return {
    expect(offset, fingerprint, isPending) {
      const at = offset - from;
      states[at] = isPending ? pending : expected;
      words.set(fingerprint, 4 * at);
    },
    see(offset, fingerprint) {
      const at = offset - from;
      const state = at >= 0 && at < length ? states[at]! : empty;
      if (state === empty || state === pending) return 'unknown';
      if (state === seen) return 'again';
      states[at] = seen;
      return fingerprint.every((word, i) => words[4 * at + i] === word) ? 'stored' : 'altered';
    },
    *missing() {
      for (let at = states.indexOf(expected); at >= 0; at = states.indexOf(expected, at + 1)) yield from + at;
    },
  };
}
