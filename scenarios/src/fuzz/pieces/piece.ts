/**
 * A message as a tree, so that it can be damaged where it means something: a number, bytes, or a group of these with
 * what stands around it, mostly its length.
 */
export type Piece = NumberPiece | BytesPiece | GroupPiece;

export interface NumberPiece {
  readonly is: 'number';
  readonly size: 1 | 2 | 4;
  readonly value: number;
}

export interface BytesPiece {
  readonly is: 'bytes';
  readonly bytes: Buffer;
}

export interface GroupPiece {
  readonly is: 'group';
  readonly parts: readonly Piece[];
  /** Identifies it to its neighbours: a packet's first byte, a property's identifier, an option's delta. */
  readonly tag: number;
  /** By how much it is wrong about its length. */
  readonly lie: number;
  readonly wrap: Wrap;
}

/** Puts around `content` what says that it has `size` bytes. */
export type Wrap = (content: Buffer, size: number, tag: number) => readonly Uint8Array[];

export const number = (size: 1 | 2 | 4, value: number): NumberPiece => ({ is: 'number', size, value });

export const bytes = (content: string | Uint8Array): BytesPiece => ({
  is: 'bytes',
  bytes: typeof content === 'string' ? Buffer.from(content) : Buffer.from(content),
});

export const group = (wrap: Wrap, parts: readonly Piece[], tag = 0): GroupPiece => ({
  is: 'group',
  parts,
  tag,
  lie: 0,
  wrap,
});

/** Nothing around it. */
export const bare: Wrap = (content) => [content];

/** The bytes that a tree stands for. */
export function write(piece: Piece): Buffer {
  if (piece.is === 'bytes') return piece.bytes;
  if (piece.is === 'number') return writeNumber(piece);
  const content = Buffer.concat(piece.parts.map(write));
  return Buffer.concat(piece.wrap(content, Math.max(0, content.length + piece.lie), piece.tag));
}

/** Big endian; what does not fit is cut off at the top. */
function writeNumber({ size, value }: NumberPiece): Buffer {
  const into = Buffer.alloc(size);
  for (let at = size - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) into[at] = rest % 256;
  return into;
}
