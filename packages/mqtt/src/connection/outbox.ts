import type { Duplex } from 'node:stream';
import { Spooled } from '../spool/spooled.ts';
import { pieceSize, pour } from './pour.ts';

/** Payloads from this size on are sent from where they lie, not copied. */
const referredFrom = 16_384;
const chunkMax = 65_536;
const nothing = Buffer.alloc(0);

/**
 * Gathers what one turn has to say to a client, so that it leaves in one write. What comes behind a payload of the spool
 * waits until that has left, a piece at a time.
 */
export class Outbox {
  /** Where `reserve` made room; valid until the next call. */
  bytes: Buffer = nothing;
  #used = 0;
  #full: (Uint8Array | Spooled)[] = [];
  /** Bytes of memory that wait. */
  size = 0;
  /** Bytes given to the stream. */
  written = 0;
  #pouring: boolean = false;
  #ended: boolean = false;
  /** What the last write took: a good guess for the next one. */
  #guess = 0;

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

  /** The payload is held until it has left. */
  appendSpooled(payload: Spooled): void {
    payload.hold();
    this.#close();
    this.#full.push(payload);
    this.size += pieceSize;
  }

  /** Writes all there is, up to a payload of the spool: that follows by itself, and `poured` is called when it is over. */
  flush(stream: Duplex, poured: (failure?: unknown) => void): void {
    if (this.size === 0 || this.#pouring) return;
    this.#guess = Math.min(chunkMax, this.size);
    if (this.#full.length === 0) {
      this.written += this.size;
      this.size = 0;
      const bytes = this.#used === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.#used);
      this.#reset();
      stream.write(bytes);
      return;
    }
    this.#close();
    const parts = this.#full;
    this.#full = [];
    stream.cork();
    for (const [index, part] of parts.entries()) {
      if (part instanceof Spooled) {
        this.#full = parts.slice(index + 1);
        this.#pour(part, stream, poured);
        break;
      }
      this.size -= part.length;
      this.written += part.length;
      stream.write(part);
    }
    stream.uncork();
  }

  /** The stream is no more: payloads that wait are let go. */
  end(): void {
    this.#ended = true;
    for (const part of this.#full) if (part instanceof Spooled) part.release();
    this.#full = [];
    this.size = 0;
  }

  #pour(payload: Spooled, stream: Duplex, poured: (failure?: unknown) => void): void {
    this.#pouring = true;
    const over = (failure?: unknown): void => {
      this.#pouring = false;
      payload.release();
      if (this.#ended) return;
      this.size -= pieceSize;
      poured(failure);
    };
    pour(payload, stream, (count) => void (this.written += count)).then(
      () => over(),
      (cause: unknown) => {
        payload.lost = true;
        over(cause ?? new Error('unknown'));
      },
    );
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
