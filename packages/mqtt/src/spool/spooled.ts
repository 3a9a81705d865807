import type { PayloadReader, SpooledPayload, SpoolFile } from '../ports.ts';

/** A payload in the spool, and how many hold it: deliveries, a topic, connections that send it, an intake. */
export class Spooled implements SpooledPayload {
  readonly name: number;
  readonly size: number;
  /** It could not be read: nobody is sent it any more. */
  lost: boolean = false;
  readonly #file: SpoolFile;
  readonly #free: (file: SpoolFile) => void;
  #holders = 1;

  /** Held once, by its maker. `free` is called when nobody holds it any more. */
  constructor(file: SpoolFile, free: (file: SpoolFile) => void) {
    this.name = file.name;
    this.size = file.size;
    this.#file = file;
    this.#free = free;
  }

  open(): Promise<PayloadReader> {
    return this.#file.open();
  }

  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#free(this.#file);
  }
}
