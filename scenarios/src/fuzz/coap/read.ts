/*
 * A strict reader of what an endpoint sends, apart from its own codec: it throws at anything RFC 7252 or RFC 8323 does not allow.
 */

export interface Heard {
  /** CON, NON, ACK, RST; undefined on a connection. */
  readonly type: number | undefined;
  readonly id: number;
  readonly code: number;
  readonly token: string;
  readonly payload: Buffer;
}

export function readDatagram(from: Buffer): Heard {
  if (from.length < 4) throw new Error(`a datagram of ${from.length} bytes`);
  if (from[0]! >> 6 !== 1) throw new Error(`version ${from[0]! >> 6}`);
  const tokenLength = from[0]! & 15;
  if (tokenLength > 8 || from.length < 4 + tokenLength) throw new Error(`a token of ${tokenLength} bytes`);
  const code = from[1]!;
  if (code === 0 && from.length > 4) throw new Error('an empty message has something behind its id');
  const type = (from[0]! >> 4) & 3;
  if (type === 3 && code !== 0) throw new Error('a reset is not empty');
  return {
    ...{ type, id: from.readUInt16BE(2), code, token: from.toString('hex', 4, 4 + tokenLength) },
    payload: payloadOf(from.subarray(4 + tokenLength)),
  };
}

/** The frames that are complete, and what is left over. */
export function readFrames(from: Buffer): { readonly heard: readonly Heard[]; readonly rest: Buffer } {
  const heard: Heard[] = [];
  let at = 0;
  for (let end = frameEnd(from, at); end !== undefined && end <= from.length; end = frameEnd(from, at)) {
    const tokenLength = from[at]! & 15;
    if (tokenLength > 8) throw new Error(`a token of ${tokenLength} bytes`);
    const token = at + 2 + extendedSize(from[at]! >> 4);
    heard.push({
      ...{ type: undefined, id: 0, code: from[token - 1]!, token: from.toString('hex', token, token + tokenLength) },
      payload: payloadOf(from.subarray(token + tokenLength, end)),
    });
    at = end;
  }
  return { heard, rest: from.subarray(at) };
}

const extendedSize = (nibble: number): number => [1, 2, 4][nibble - 13] ?? 0;

/** Where the frame ends that begins at `at`, by what it says; undefined where its length has not come. */
export function frameEnd(from: Buffer, at: number): number | undefined {
  if (at + 2 > from.length) return undefined;
  const nibble = from[at]! >> 4;
  const size = extendedSize(nibble);
  if (at + 1 + size > from.length) return undefined;
  const length = size === 0 ? nibble : [13, 269, 65_805][nibble - 13]! + from.readUIntBE(at + 1, size);
  return at + 2 + size + (from[at]! & 15) + length;
}

function payloadOf(from: Buffer): Buffer {
  let at = 0;
  const more = (nibble: number): number => {
    if (nibble === 15) throw new Error('an option nibble is 15');
    if (nibble < 13) return nibble;
    const size = nibble - 12;
    at += size;
    if (at > from.length) throw new Error('an option is cut off');
    return (nibble === 13 ? 13 : 269) + from.readUIntBE(at - size, size);
  };
  while (at < from.length) {
    const head = from[at++]!;
    if (head === 0xff) {
      if (at === from.length) throw new Error('a payload marker without a payload');
      return from.subarray(at);
    }
    more(head >> 4);
    const length = more(head & 15);
    at += length;
    if (at > from.length) throw new Error('an option is cut off');
  }
  return Buffer.alloc(0);
}

export const codeName = (code: number): string => `${code >> 5}.${String(code & 31).padStart(2, '0')}`;
