/** Cuts a byte stream into packets of one size: in place where they lie whole in a chunk. */
export class Strides {
  readonly #size: number;
  readonly #partial: Buffer;
  #held = 0;

  constructor(size: number) {
    this.#size = size;
    this.#partial = Buffer.alloc(size);
  }

  /** How many packets will be whole with this chunk. */
  count(chunk: Buffer): number {
    return Math.floor((this.#held + chunk.length) / this.#size);
  }

  /** Only counts them. A stream is either counted or cut. */
  skip(chunk: Buffer): number {
    const count = this.count(chunk);
    this.#held += chunk.length - count * this.#size;
    return count;
  }

  /** Calls `visit` with each packet that is whole by now. */
  cut(chunk: Buffer, visit: (bytes: Buffer, at: number) => void): void {
    let at = 0;
    if (this.#held > 0) {
      at = chunk.copy(this.#partial, this.#held, 0, this.#size - this.#held);
      this.#held += at;
      if (this.#held < this.#size) return;
      this.#held = 0;
      visit(this.#partial, 0);
    }
    for (; at + this.#size <= chunk.length; at += this.#size) visit(chunk, at);
    this.#held = chunk.copy(this.#partial, 0, at);
  }
}
