import { type Refusal, reason, refusal } from '../reason.ts';
import { readText } from './text.ts';

/** The largest value of a variable byte integer: four bytes of seven bits. */
export const varintMax = 268_435_455;

/**
 * Walks the fields of one packet body. The first failure sticks and every later read gives a zero value, so a decoder
 * reads straight through and asks once, at its end, through `failure` or `finish`.
 */
export class Reader {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
  failure: Refusal | undefined = undefined;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  fail(code: number, why: string): void {
    this.failure ??= refusal(code, why);
    this.at = this.end;
  }

  /** Fails unless every byte has been read; a packet longer than its fields is malformed. */
  finish(): Refusal | undefined {
    if (this.left > 0) this.fail(reason.malformedPacket, `${this.left} bytes after the last field`);
    return this.failure;
  }

  u8(): number {
    if (!this.#has(1)) return 0;
    return this.bytes[this.at++]!;
  }

  u16(): number {
    if (!this.#has(2)) return 0;
    const at = this.at;
    this.at += 2;
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    const at = this.at;
    this.at += 4;
    return this.bytes.readUInt32BE(at);
  }

  /** A variable byte integer in its shortest form [MQTT-1.5.5-1]. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (!this.#has(1)) return 0;
      const byte = this.bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (byte === 0 && shift > 0) this.fail(reason.malformedPacket, 'a length is not in its shortest form');
      return value;
    }
    this.fail(reason.malformedPacket, 'a length has more than four bytes');
    return 0;
  }

  text(): string {
    const length = this.u16();
    if (!this.#has(length)) return '';
    const text = readText(this.bytes, this.at, this.at + length);
    this.at += length;
    if (text !== undefined) return text;
    this.fail(reason.malformedPacket, 'a string is not UTF-8 or holds U+0000');
    return '';
  }

  /** Copied, because the bytes of a read are not kept. */
  binary(): Buffer {
    const length = this.u16();
    if (!this.#has(length)) return Buffer.alloc(0);
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at));
  }

  #has(count: number): boolean {
    if (this.at + count <= this.end) return true;
    this.fail(reason.malformedPacket, `the packet ends ${this.at + count - this.end} bytes too early`);
    return false;
  }
}
