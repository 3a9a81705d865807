/** Little endian fields one after the other, in a buffer that grows. A varint has seven bits a byte, the lowest first. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(4_096);
  length = 0;

  /** A copy of what was written; begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.length));
    this.length = 0;
    // One large transaction must not keep its room for ever.
    if (this.#bytes.length > 1_048_576) this.#bytes = Buffer.allocUnsafe(4_096);
    return taken;
  }

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.length++] = value;
  }

  f64(value: number): void {
    this.#room(8);
    this.length = this.#bytes.writeDoubleLE(value, this.length);
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.length++] = rest;
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.#room(size);
    this.length += this.#bytes.write(value, this.length);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
  }

  #room(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(this.length + count, this.#bytes.length * 2));
    this.#bytes.copy(wider, 0, 0, this.length);
    this.#bytes = wider;
  }
}

/** Reads what `ByteWriter` wrote. Beyond the end everything is zero, and `broken` tells. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  broken: boolean = false;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#has(1) ? this.#bytes[this.#at++]! : 0;
  }

  f64(): number {
    if (!this.#has(8)) return 0;
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const [from, to] = this.#span();
    return this.#bytes.toString('utf8', from, to);
  }

  /** A copy: the bytes read from belong to a larger piece. */
  bytes(): Buffer {
    const [from, to] = this.#span();
    return Buffer.from(this.#bytes.subarray(from, to));
  }

  #span(): [from: number, to: number] {
    const size = this.varint();
    if (!this.#has(size)) return [this.#end, this.#end];
    this.#at += size;
    return [this.#at - size, this.#at];
  }

  #has(count: number): boolean {
    if (this.#at + count <= this.#end) return true;
    this.broken = true;
    this.#at = this.#end;
    return false;
  }
}
