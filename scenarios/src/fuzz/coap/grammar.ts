import { bare, bytes, type GroupPiece, group, number, type Piece, type Wrap } from '../pieces/piece.ts';

/*
 * The grammar of CoAP as trees, written apart from the endpoint's codec (RFC 7252 section 3, RFC 8323 section 3.2):
 *
 *   datagram = head:u8 code:u8 id:u16 token option* [0xff payload]      head is version, type and token length
 *   frame    = length:u4 tokenLength:u4 extended code:u8 token option* [0xff payload]     code is the tag
 *   option   = delta:u4 length:u4 extended extended value               delta is the tag
 */

const extended = (value: number): readonly [nibble: number, more: Buffer] => {
  if (value < 13) return [value, Buffer.alloc(0)];
  if (value < 269) return [13, Buffer.of(value - 13)];
  return [14, Buffer.of((value - 269) >> 8, value - 269)];
};

const optionWrap: Wrap = (content, size, tag) => {
  const [delta, moreDelta] = extended(tag);
  const [length, moreLength] = extended(size);
  return [Buffer.of((delta << 4) | length), moreDelta, moreLength, content];
};

export interface OptionParts {
  readonly number: number;
  readonly value: Uint8Array | string;
}

/** Options by rising number, and behind them the payload, if there is one. */
export function body(options: readonly OptionParts[], payload: string | Uint8Array): readonly Piece[] {
  const sorted = options.toSorted((one, other) => one.number - other.number);
  const pieces = sorted.map(({ number: at, value }, index) =>
    group(optionWrap, [bytes(value)], at - (sorted[index - 1]?.number ?? 0)),
  );
  return payload.length === 0 ? pieces : [...pieces, bytes(Buffer.concat([Buffer.of(0xff), Buffer.from(payload)]))];
}

export interface MessageParts {
  readonly code: number;
  readonly token: Buffer;
  readonly parts: readonly Piece[];
}

export const datagram = (type: number, id: number, { code, token, parts }: MessageParts): GroupPiece =>
  group(bare, [number(1, 0x40 | (type << 4) | token.length), number(1, code), number(2, id), bytes(token), ...parts]);

export function frame({ code, token, parts }: MessageParts): GroupPiece {
  const wrap: Wrap = (content, size, tag) => {
    const [length, more] =
      size < 65_805
        ? extended(size)
        : ([
            15,
            Buffer.of((size - 65_805) >>> 24, (size - 65_805) >> 16, (size - 65_805) >> 8, size - 65_805),
          ] as const);
    return [Buffer.of((length << 4) | token.length), more, Buffer.of(tag), token, content];
  };
  return group(wrap, parts, code);
}

/** What an OSCORE request protects: code:u8 option* [0xff payload]. */
export const plaintext = ({ code, parts }: MessageParts): GroupPiece => group(bare, [number(1, code), ...parts]);
