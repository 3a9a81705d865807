import { bytes, type Piece } from '../pieces/piece.ts';
import { body, datagram, frame, type OptionParts } from './grammar.ts';
import { frameEnd } from './read.ts';

/** A captured datagram as a tree. */
export function dissectDatagram(from: Buffer): Piece {
  const tokenEnd = 4 + (from[0]! & 15);
  const { options, payload } = bodyOf(from.subarray(tokenEnd));
  const parts = body(options, payload);
  return datagram((from[0]! >> 4) & 3, from.readUInt16BE(2), {
    code: from[1]!,
    token: from.subarray(4, tokenEnd),
    parts,
  });
}

/** The frames of a captured stream as trees. */
export function dissectStream(stream: Buffer): readonly Piece[] {
  const found: Piece[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = frameEnd(stream, at) ?? stream.length + 1;
    if (end > stream.length) return [...found, bytes(stream.subarray(at))];
    const nibble = stream[at]! >> 4;
    const token = at + 2 + (nibble < 13 ? 0 : 2 ** (nibble - 13));
    const options = token + (stream[at]! & 15);
    const { options: listed, payload } = bodyOf(stream.subarray(options, end));
    found.push(
      frame({ code: stream[token - 1]!, token: stream.subarray(token, options), parts: body(listed, payload) }),
    );
    at = end;
  }
  return found;
}

function bodyOf(from: Buffer): { readonly options: readonly OptionParts[]; readonly payload: Buffer } {
  const options: OptionParts[] = [];
  let number = 0;
  let at = 0;
  const more = (nibble: number): number => {
    if (nibble < 13) return nibble;
    const size = nibble - 12;
    at += size;
    return (nibble === 13 ? 13 : 269) + from.readUIntBE(at - size, size);
  };
  while (at < from.length) {
    const head = from[at++]!;
    if (head === 0xff) return { options, payload: from.subarray(at) };
    number += more(head >> 4);
    const length = more(head & 15);
    options.push({ number, value: from.subarray(at, at + length) });
    at += length;
  }
  return { options, payload: Buffer.alloc(0) };
}
