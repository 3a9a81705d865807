import type { Duplex } from 'node:stream';

/** Payloads from this size on are sent from where they lie, not copied. */
const referredFrom = 16_384;
const chunkMax = 65_536;
const nothing = Buffer.alloc(0);

/** Gathers what one turn has to say to a client, so that it leaves in one write. */
export class Outbox {
  /** Where `reserve` made room; valid until the next call. */
  bytes: Buffer = nothing;
  #used = 0;
  #full: Uint8Array[] = [];
  /** Bytes that wait. */
  size = 0;
  /** What the last write took: a good guess for the next one. */
  #guess = 64;

  /** Makes room for `count` bytes and gives their place in `bytes`. All of them must be written. */
  reserve(count: number): number {
    if (this.bytes.length - this.#used < count) {
      this.#close();
      this.bytes = Buffer.allocUnsafe(Math.max(count, Math.min(chunkMax, Math.max(this.#guess, this.size))));
    }
    const at = this.#used;
    this.#used += count;
    this.size += count;
    return at;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length >= referredFrom) {
      this.#close();
      this.#full.push(bytes);
      this.size += bytes.length;
      return;
    }
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  flush(stream: Duplex): void {
    if (this.size === 0) return;
    this.#guess = Math.min(chunkMax, Math.max(64, this.size));
    this.size = 0;
    if (this.#full.length === 0) {
      const bytes = this.#used === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.#used);
      this.#reset();
      stream.write(bytes);
      return;
    }
    this.#close();
    const parts = this.#full;
    this.#full = [];
    stream.cork();
    for (const part of parts) stream.write(part);
    stream.uncork();
  }

  #close(): void {
    if (this.#used > 0) this.#full.push(this.bytes.subarray(0, this.#used));
    this.#reset();
  }

  #reset(): void {
    this.bytes = nothing;
    this.#used = 0;
  }
}
