import { type Input, type InputText, inputText, readInput } from './input.ts';

/** What a worker is at, in memory that others can read when it cannot speak any more. */
export interface Notes {
  /** Moves the count on, and writes down the input, if it fits, with its number in the life. */
  write(input: Input | undefined, number: number): void;
  /** Grows with all that is written. */
  readonly count: number;
  /** To be called when nobody writes any more. */
  read(): Noted;
}

export interface Noted {
  readonly number: number;
  readonly input: Input | undefined;
}

const notesSize = 2 ** 20;
/** Bytes of the count, of the input's size and of its number. */
const headSize = 12;

export const emptyNotes = (): SharedArrayBuffer => new SharedArrayBuffer(notesSize);

export function notesOn(shared: SharedArrayBuffer): Notes {
  const head = new Int32Array(shared, 0, headSize / 4);
  const room = new Uint8Array(shared, headSize);
  return {
    write(input, number) {
      const text = input ? Buffer.from(JSON.stringify(inputText(input))) : Buffer.alloc(0);
      const fits = text.length <= room.length;
      if (fits) room.set(text);
      head[1] = fits ? text.length : 0;
      head[2] = number;
      Atomics.add(head, 0, 1);
    },
    get count() {
      return Atomics.load(head, 0);
    },
    read() {
      const text = Buffer.from(room.slice(0, head[1])).toString();
      return { number: head[2]!, input: inputOf(text) };
    },
  };
}

/** Undefined also for half an input, whose writer was ended in the midst of it. */
function inputOf(text: string): Input | undefined {
  try {
    return readInput(JSON.parse(text) as InputText);
  } catch {
    return undefined;
  }
}
