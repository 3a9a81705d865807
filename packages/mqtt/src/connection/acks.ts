import {
  type AcknowledgementKind,
  acknowledgementSizeMax,
  encodeAcknowledgement,
  puback,
} from '../packets/acknowledgement.ts';
import type { Outbox } from './outbox.ts';

const keptMax = 4_096;
const nothing = Buffer.alloc(0);

/**
 * Acknowledgements that wait for a commit, already encoded, in the order of their publishes. `seal`
 * marks those the commit under way stands for; `release` sends these.
 */
export class Acks {
  #bytes: Buffer = nothing;
  #used = 0;
  #sealed = 0;
  /** PUBACKs not yet sent: with the QoS 2 identifiers in use, what a client's window is checked against. */
  owed = 0;
  #owedSealed = 0;

  stage(kind: AcknowledgementKind, packetId: number, code: number, version: 4 | 5): void {
    if (this.#used + acknowledgementSizeMax > this.#bytes.length) this.#widen(acknowledgementSizeMax);
    this.#used = encodeAcknowledgement(this.#bytes, this.#used, kind, packetId, code, version);
    if (kind === puback) this.owed += 1;
  }

  /** A whole packet that leaves in its turn. */
  append(bytes: Uint8Array, kind?: AcknowledgementKind): void {
    this.#widen(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
    if (kind === puback) this.owed += 1;
  }

  seal(): void {
    this.#sealed = this.#used;
    this.#owedSealed = this.owed;
  }

  release(into: Outbox): void {
    const size = this.#sealed;
    if (size === 0) return;
    const at = into.reserve(size);
    this.#bytes.copy(into.bytes, at, 0, size);
    this.#bytes.copyWithin(0, size, this.#used);
    this.#used -= size;
    this.#sealed = 0;
    this.owed -= this.#owedSealed;
    if (this.#used === 0 && this.#bytes.length > keptMax) this.#bytes = nothing;
  }

  #widen(more: number): void {
    if (this.#used + more <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(16, this.#used + more, this.#bytes.length * 2));
    this.#bytes.copy(wider, 0, 0, this.#used);
    this.#bytes = wider;
  }
}
