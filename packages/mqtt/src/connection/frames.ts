import { reason } from '../reason.ts';

/** Who gets the packets of one byte stream. */
export interface FrameSink {
  /** One whole packet: its first byte, and its body `bytes[start..end)`, valid during the call. False ends the feeding. */
  frame(first: number, bytes: Buffer, start: number, end: number): boolean;
  /** The stream cannot be read on. */
  broken(code: number, why: string): void;
  /** A large packet begins. True: the sink takes its body of `size` bytes by itself; they come next, unfed. */
  large(first: number, size: number): boolean;
  /** A large packet has not come whole, and is going to take `size` bytes of memory. */
  assemble(size: number): void;
  /** It does not take them any more. */
  assembled(): void;
}

const lengthSizeMax = 4;
/** What one read may bring: packets up to here are held without asking. */
export const readMax = 65_536;

/**
 * Cuts a byte stream into packets (section 2.1): first:u8 length:varint body. Packets are read where they lie in the
 * chunk; only one that a chunk leaves incomplete is copied, and grows as its bytes arrive, not as its length promises.
 * A large one is asked about before, by its length.
 */
export class Frames {
  #sizeMax: number;
  readonly #largeFrom: number;
  /** Beyond it a packet is large, or too large. */
  #ordinaryMax: number;
  #tail: Buffer | undefined = undefined;
  #held = 0;
  /** A large packet is held in part. */
  assembling: boolean = false;

  /** `largeFrom`: bytes from which on the sink is asked about a packet; at most `readMax` + 1, which is the default. */
  constructor(sizeMax: number, largeFrom = readMax + 1) {
    this.#sizeMax = sizeMax;
    this.#largeFrom = Math.min(largeFrom, readMax + 1);
    this.#ordinaryMax = Math.min(sizeMax, this.#largeFrom - 1);
  }

  /** Largest packet in bytes, its fixed header included. */
  set sizeMax(sizeMax: number) {
    this.#sizeMax = sizeMax;
    this.#ordinaryMax = Math.min(sizeMax, this.#largeFrom - 1);
  }

  /** Bytes of a packet that has not come whole. */
  get held(): number {
    return this.#held;
  }

  /** Hands over every whole packet from `from` on. Gives the place up to which the chunk is used up. */
  feed(chunk: Buffer, from: number, sink: FrameSink): number {
    const end = chunk.length;
    let at = from;
    while (at < end) {
      if (this.#held > 0) {
        at = this.#continue(chunk, at, sink);
        if (at < 0) return ~at;
        continue;
      }
      let size = 0;
      let body = at + 2;
      if (body > end || (size = chunk[at + 1]!) >= 0x80) {
        const header = lengthAt(chunk, at + 1, end);
        if (header === incomplete) {
          this.#hold(chunk, at, end);
          return end;
        }
        if (header < 0) return this.#break(header, end, sink);
        size = lengthOf(header);
        body = at + 1 + sizeOf(header);
      }
      const next = body + size;
      if (next - at > this.#ordinaryMax) {
        if (next - at > this.#sizeMax) return this.#break(tooLarge, end, sink);
        if (sink.large(chunk[at]!, size)) return body;
        if (next > end) this.#assemble(next - at, sink);
      }
      if (next > end) {
        this.#hold(chunk, at, end);
        return end;
      }
      if (!sink.frame(chunk[at]!, chunk, body, next)) return next;
      at = next;
    }
    return at;
  }

  #hold(chunk: Buffer, at: number, end: number): void {
    this.#held = end - at;
    this.#tail = Buffer.allocUnsafe(Math.max(64, this.#held));
    chunk.copy(this.#tail, 0, at, end);
  }

  /** Adds to the incomplete packet. Gives the place used up to, or its complement when the feeding is to end. */
  #continue(chunk: Buffer, from: number, sink: FrameSink): number {
    let at = from;
    let header = lengthAt(this.#tail!, 1, this.#held);
    while (header === incomplete && at < chunk.length) {
      this.#append(chunk, at, at + 1);
      at += 1;
      header = lengthAt(this.#tail!, 1, this.#held);
    }
    if (header === incomplete) return at;
    if (header < 0) return ~this.#break(header, chunk.length, sink);
    const body = 1 + sizeOf(header);
    const whole = body + lengthOf(header);
    if (whole > this.#ordinaryMax && !this.assembling) {
      if (whole > this.#sizeMax) return ~this.#break(tooLarge, chunk.length, sink);
      // The header alone is held here: with more of the packet, its length would have been known before.
      if (sink.large(this.#tail![0]!, whole - body)) {
        this.#drop(sink);
        return ~at;
      }
      this.#assemble(whole, sink);
    }
    const until = Math.min(chunk.length, at + whole - this.#held);
    this.#append(chunk, at, until, whole);
    if (this.#held < whole) return until;
    const packet = this.#tail!;
    this.#drop(sink);
    return sink.frame(packet[0]!, packet, body, whole) ? until : ~until;
  }

  /** `whole`: no more than that many bytes will ever be held. */
  #append(chunk: Buffer, start: number, end: number, whole = Number.POSITIVE_INFINITY): void {
    const need = this.#held + end - start;
    if (need > this.#tail!.length) {
      const wider = Buffer.allocUnsafe(Math.max(need, Math.min(whole, this.#tail!.length * 2)));
      this.#tail!.copy(wider, 0, 0, this.#held);
      this.#tail = wider;
    }
    chunk.copy(this.#tail!, this.#held, start, end);
    this.#held = need;
  }

  #assemble(size: number, sink: FrameSink): void {
    this.assembling = true;
    sink.assemble(size);
  }

  #drop(sink: FrameSink): void {
    this.#held = 0;
    this.#tail = undefined;
    if (!this.assembling) return;
    this.assembling = false;
    sink.assembled();
  }

  #break(what: number, end: number, sink: FrameSink): number {
    this.#drop(sink);
    if (what === tooLarge) sink.broken(reason.packetTooLarge, `a packet of more than ${this.#sizeMax} bytes`);
    else
      sink.broken(reason.malformedPacket, 'the remaining length is not a variable byte integer in its shortest form');
    return end;
  }
}

const incomplete = -1;
const wrong = -2;
const tooLarge = -3;

/** The length at `at` with the bytes it takes, as `length * 8 + bytes`; or `incomplete`, or `wrong` [MQTT-1.5.5-1]. */
function lengthAt(bytes: Buffer, at: number, end: number): number {
  let value = 0;
  for (let index = 0; index < lengthSizeMax; index++) {
    if (at + index >= end) return incomplete;
    const byte = bytes[at + index]!;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    return byte === 0 && index > 0 ? wrong : value * 8 + index + 1;
  }
  return wrong;
}

const lengthOf = (header: number): number => Math.floor(header / 8);
const sizeOf = (header: number): number => header % 8;
