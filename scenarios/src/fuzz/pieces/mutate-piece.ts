import type { Random } from '@selvedge/kernel';
import { oneOf, whole } from '../../cast/chance.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { BytesPiece, GroupPiece, NumberPiece, Piece } from './piece.ts';

/** What a mutation may put in: trees of other messages, and words that mean something to the protocol. */
export interface Material {
  readonly donors: readonly Piece[];
  readonly words: readonly Buffer[];
}

/** Numbers at which decoders change their mind. */
export const boundaries: readonly number[] = [
  ...[0, 1, 2, 3, 7, 8, 12, 13, 14, 15, 16, 63, 64, 127, 128, 129, 255, 256, 268, 269, 270],
  ...[1_023, 1_024, 16_383, 16_384, 32_767, 32_768, 65_534, 65_535, 65_536, 65_804, 65_805],
  ...[2_097_151, 2_097_152, 268_435_455, 268_435_456, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1],
];

/** The tree with one change somewhere in it. */
export function mutatePiece(piece: Piece, random: Random, material: Material): Piece {
  return changeAt(piece, whole(random, 0, count(piece) - 1), (chosen) => {
    if (chosen.is === 'number') return mutateNumber(chosen, random);
    if (chosen.is === 'bytes') return mutateText(chosen, random, material);
    return mutateGroup(chosen, random, material);
  });
}

function count(piece: Piece): number {
  return piece.is === 'group' ? piece.parts.reduce((sum, part) => sum + count(part), 1) : 1;
}

/** Changes the piece that is number `index` in the order of writing, a group before its parts. */
function changeAt(piece: Piece, index: number, change: (chosen: Piece) => Piece): Piece {
  if (index === 0 || piece.is !== 'group') return change(piece);
  let before = 1;
  for (const [at, part] of piece.parts.entries()) {
    const size = count(part);
    if (index < before + size) return { ...piece, parts: piece.parts.with(at, changeAt(part, index - before, change)) };
    before += size;
  }
  return piece;
}

function mutateNumber(piece: NumberPiece, random: Random): NumberPiece {
  switch (whole(random, 0, 3)) {
    case 0:
      return { ...piece, value: oneOf(random, boundaries) };
    case 1:
      return { ...piece, value: Math.max(0, piece.value + oneOf(random, [-2, -1, 1, 2])) };
    case 2:
      return { ...piece, value: piece.value ^ (1 << whole(random, 0, piece.size * 8 - 1)) };
    default:
      return { ...piece, value: whole(random, 0, 2 ** (piece.size * 8) - 1) };
  }
}

function mutateText(piece: BytesPiece, random: Random, { words }: Material): BytesPiece {
  switch (whole(random, 0, 4)) {
    case 0:
      return { ...piece, bytes: Buffer.alloc(0) };
    case 1:
      return {
        ...piece,
        bytes: Buffer.concat(Array(oneOf(random, [2, 3, 40, 300])).fill(piece.bytes.subarray(0, 300))),
      };
    case 2:
      return { ...piece, bytes: oneOf(random, words) };
    case 3:
      return { ...piece, bytes: Buffer.concat([piece.bytes, oneOf(random, words)]) };
    default:
      return { ...piece, bytes: mutateBytes(piece.bytes, random, words) };
  }
}

const lies = [-300, -3, -2, -1, 1, 2, 3, 10, 127, 128, 300, 16_384, 65_536, 2 ** 28];
const partsMax = 400;

function mutateGroup(piece: GroupPiece, random: Random, { donors }: Material): GroupPiece {
  const { parts } = piece;
  const at = parts.length === 0 ? 0 : whole(random, 0, parts.length - 1);
  const with_ = (changed: readonly Piece[]): GroupPiece => ({ ...piece, parts: changed.slice(0, partsMax) });
  switch (parts.length === 0 ? whole(random, 0, 2) : whole(random, 0, 6)) {
    case 0:
      return { ...piece, lie: oneOf(random, lies) };
    case 1:
      return { ...piece, tag: mutateTag(piece.tag, random) };
    case 2:
      return with_(parts.toSpliced(at, 0, oneOf(random, donors)));
    case 3:
      return with_(parts.toSpliced(at, 1));
    case 4:
      return with_(parts.toSpliced(at, 0, ...Array(oneOf(random, [1, 2, 9, 70])).fill(parts[at]!)));
    case 5:
      return with_(parts.toSpliced(at, 1).toSpliced(whole(random, 0, parts.length - 1), 0, parts[at]!));
    default:
      return with_(parts.with(at, oneOf(random, donors)));
  }
}

const mutateTag = (tag: number, random: Random): number =>
  random.next() < 0.5 ? tag ^ (1 << whole(random, 0, 7)) : oneOf(random, boundaries);
