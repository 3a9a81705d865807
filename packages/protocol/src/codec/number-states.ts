import { stride } from './whole.ts';

/** What is remembered of one number of one series, `stride` doubles each. */
export interface NumberStates {
  /** Opens a place for each form; gives the first. */
  open(forms: Uint8Array): number;
  readonly count: number;
  /** Grows, so it is asked for anew for each row. */
  readonly state: Float64Array;
  /** The last double as it was, for what is no short decimal. */
  readonly words: Int32Array;
  readonly forms: Uint8Array;
  /** Encoder only: how many numbers in a row would have done with one digit less, or with a decimal form. */
  readonly spare: Uint8Array;
}

export function numberStates(): NumberStates {
  let count = 0;
  let state = new Float64Array(64 * stride);
  let words = new Int32Array(64 * 2);
  let forms = new Uint8Array(64);
  let spare = new Uint8Array(64);
  return {
    open(start) {
      const first = count;
      count += start.length;
      if (count > forms.length) {
        const room = Math.max(count, forms.length * 2);
        const grown = new Float64Array(room * stride);
        grown.set(state);
        state = grown;
        const grownWords = new Int32Array(room * 2);
        grownWords.set(words);
        words = grownWords;
        const grownForms = new Uint8Array(room);
        grownForms.set(forms);
        forms = grownForms;
        const grownSpare = new Uint8Array(room);
        grownSpare.set(spare);
        spare = grownSpare;
      }
      forms.set(start, first);
      return first;
    },
    get count() {
      return count;
    },
    get state() {
      return state;
    },
    get words() {
      return words;
    },
    get forms() {
      return forms;
    },
    get spare() {
      return spare;
    },
  };
}
