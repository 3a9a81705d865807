/** Close codes of RFC 6455, section 7.4.1. */
export const closeCode = { normal: 1000, protocolError: 1002, unsupportedData: 1003 } as const;

const opcode = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const controlSizeMax = 125;
const headerSizeMax = 14;

/**
 * Reads the frames of a client (RFC 6455, section 5.2), without holding a message: packets may be cut anywhere, so each
 * piece goes on as it comes.
 *
 *   frame  = fin:1 rsv:3(=0) opcode:4 masked:1(=1) length:7 [length:u16 | length:u64] mask:u32 payload
 */
export class FrameReader {
  readonly #ping: (payload: Buffer) => void;
  readonly #header = Buffer.alloc(headerSizeMax);
  #headerHeld = 0;
  readonly #mask = Buffer.alloc(4);
  #opcode = 0;
  /** Bytes of the payload that are to come; those that came, modulo 4, choose the byte of the mask. */
  #left = 0;
  #phase = 0;
  /** A binary message has begun and not ended. */
  #fragmented: boolean = false;
  /** Of a control frame, which is short and taken whole. */
  #control: Buffer[] = [];
  /** Where the next payload byte of this chunk goes. */
  #kept = 0;
  /** The code with which the peer closes, or must be closed: nothing more is read. */
  closed: number | undefined = undefined;

  /** `ping`: told the payload of each ping. */
  constructor(ping: (payload: Buffer) => void) {
    this.#ping = ping;
  }

  /** Takes the next bytes. Gives the payloads of binary messages among them, which are moved together in their place. */
  feed(chunk: Buffer): Buffer {
    this.#kept = 0;
    let at = 0;
    while (at < chunk.length && this.closed === undefined)
      at = this.#left > 0 ? this.#payload(chunk, at) : this.#head(chunk, at);
    return chunk.subarray(0, this.#kept);
  }

  #head(chunk: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const size = headerSize(this.#header, this.#headerHeld);
      if (this.#headerHeld === size) break;
      if (at === chunk.length) return at;
      this.#header[this.#headerHeld++] = chunk[at++]!;
    }
    const why = this.#begin(this.#header, this.#headerHeld);
    this.#headerHeld = 0;
    this.closed = why;
    if (why === undefined && this.#left === 0) this.#over();
    return at;
  }

  /** Gives the code to close with if there is no such frame, or not now. */
  #begin(header: Buffer, size: number): number | undefined {
    const [first, second] = [header[0]!, header[1]!];
    const kind = first & 0x0f;
    const isLast = (first & 0x80) !== 0;
    // No extension is agreed on; what comes from a client is masked.
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) return closeCode.protocolError;
    const short = second & 0x7f;
    const length = short < 126 ? short : short === 126 ? header.readUInt16BE(2) : lengthOf(header);
    if (short >= 126 && length < (short === 126 ? 126 : 0x1_0000)) return closeCode.protocolError;
    if (length > Number.MAX_SAFE_INTEGER) return closeCode.protocolError;
    if (kind >= opcode.close) {
      if (kind > opcode.pong || !isLast || length > controlSizeMax) return closeCode.protocolError;
    } else {
      if (kind === 1) return closeCode.unsupportedData; // [MQTT-6.0.0-1]
      if (kind > opcode.binary || (kind === opcode.continuation) !== this.#fragmented) return closeCode.protocolError;
      this.#fragmented = !isLast;
    }
    header.copy(this.#mask, 0, size - 4, size);
    this.#opcode = kind;
    this.#left = length;
    this.#phase = 0;
    return undefined;
  }

  #payload(chunk: Buffer, from: number): number {
    const end = Math.min(chunk.length, from + this.#left);
    const mask = this.#mask;
    let phase = this.#phase;
    let to = this.#kept;
    for (let at = from; at < end; at++) chunk[to++] = chunk[at]! ^ mask[phase++ & 3]!;
    this.#phase = phase & 3;
    this.#left -= end - from;
    if (this.#opcode < opcode.close) this.#kept = to;
    else this.#control.push(Buffer.from(chunk.subarray(this.#kept, to)));
    if (this.#left === 0) this.#over();
    return end;
  }

  #over(): void {
    if (this.#opcode < opcode.close) return;
    const payload = Buffer.concat(this.#control);
    this.#control = [];
    if (this.#opcode === opcode.ping) this.#ping(payload);
    else if (this.#opcode === opcode.close) this.closed = codeOf(payload);
  }
}

/** How many bytes the header takes, as far as `held` bytes of it tell. */
function headerSize(header: Buffer, held: number): number {
  if (held < 2) return 2;
  const short = header[1]! & 0x7f;
  return (short < 126 ? 2 : short === 126 ? 4 : 10) + ((header[1]! & 0x80) === 0 ? 0 : 4);
}

const lengthOf = (header: Buffer): number => header.readUInt32BE(2) * 2 ** 32 + header.readUInt32BE(6);

/** The code of a Close frame, to be answered; of one that may not be said in a frame, what is wrong. */
function codeOf(payload: Buffer): number {
  if (payload.length === 0) return closeCode.normal;
  if (payload.length === 1) return closeCode.protocolError;
  const code = payload.readUInt16BE(0);
  const sayable =
    (code >= 3_000 && code < 5_000) || (code >= 1_000 && code < 1_015 && ![1_004, 1_005, 1_006].includes(code));
  return sayable ? code : closeCode.protocolError;
}
