/** Bytes of each packet that are kept: enough for topic and properties of nearly all, and a piece of the payload. */
export const headMax = 4_096;

/**
 * Cuts the bytes that leave for a client into packets and gives the beginning of each: first:u8 length:varint body.
 * A payload is counted, not kept.
 */
export class Heads {
  readonly #each: (head: Buffer, size: number) => void;
  #head: Buffer[] = [];
  #held = 0;
  /** Bytes of the packet that are still to come; -1 until its length is known. */
  #left = -1;
  #size = 0;

  /** `head` begins with the first byte of the packet; `size` is the packet's whole length. */
  constructor(each: (head: Buffer, size: number) => void) {
    this.#each = each;
  }

  feed(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#left < 0) {
        this.#hold(bytes, at, at + 1);
        at += 1;
        this.#readLength();
      } else {
        const part = Math.min(this.#left, bytes.length - at);
        this.#hold(bytes, at, at + part);
        at += part;
        this.#left -= part;
      }
      if (this.#left === 0) this.#finish();
    }
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    const room = Math.min(end - start, headMax - this.#held);
    if (room <= 0) return;
    // Copied: what is written may be a piece of a pool that is used again.
    this.#head.push(Buffer.from(bytes.subarray(start, start + room)));
    this.#held += room;
  }

  #readLength(): void {
    if (this.#held < 2 || this.#head.at(-1)![0]! >= 0x80) return;
    let size = 0;
    for (let index = this.#held - 1; index >= 1; index--) size = size * 128 + (this.#head[index]![0]! & 0x7f);
    this.#left = size;
    this.#size = this.#held + size;
  }

  #finish(): void {
    const head = Buffer.concat(this.#head);
    this.#head = [];
    this.#held = 0;
    this.#left = -1;
    this.#each(head, this.#size);
  }
}
