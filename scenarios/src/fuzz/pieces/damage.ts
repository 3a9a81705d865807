import type { Random } from '@selvedge/kernel';
import { coin, oneOf, whole } from '../../cast/chance.ts';
import { crossBytes, mutateBytes } from './mutate-bytes.ts';
import { type Material, mutatePiece } from './mutate-piece.ts';
import { type Piece, write } from './piece.ts';

/** Messages in the order of sending. */
export type Messages = readonly Piece[];

const messagesMax = 40;

/**
 * Changes none to many of the messages, or their order. The first mostly stays: whoever is not let in sees little of
 * what lies behind.
 */
export function damageMessages(messages: Messages, random: Random, material: Material): Messages {
  let changed = messages;
  for (let left = oneOf(random, [0, 0, 1, 1, 1, 2, 3, 8]); left > 0 && changed.length > 0; left--) {
    const from = changed.length > 1 && coin(random, 0.85) ? 1 : 0;
    const at = whole(random, from, changed.length - 1);
    const chosen = changed[at]!;
    switch (whole(random, 0, 9)) {
      case 0:
        changed = changed.toSpliced(at, 0, chosen);
        break;
      case 1:
        changed = changed.toSpliced(at, 1);
        break;
      case 2:
        changed = changed.toSpliced(at, 1).toSpliced(whole(random, from, changed.length - 1), 0, chosen);
        break;
      default:
        changed = changed.with(at, mutatePiece(chosen, random, material));
    }
  }
  return changed.slice(0, messagesMax);
}

/** The bytes of the messages, one after the other, sometimes with a change that no structure explains. */
export function damageBytes(messages: Messages, random: Random, { words, donors }: Material): readonly Buffer[] {
  const written = messages.map(write);
  if (written.length === 0 || !coin(random, 0.2)) return written;
  const at = whole(random, written.length > 1 && coin(random, 0.8) ? 1 : 0, written.length - 1);
  if (coin(random, 0.15)) return written.with(at, crossBytes(written[at]!, write(oneOf(random, donors)), random));
  let bytes = written[at]!;
  for (let left = oneOf(random, [1, 1, 2, 5]); left > 0; left--) bytes = mutateBytes(bytes, random, words);
  return written.with(at, bytes);
}

/** Cuts a stream into writes: mostly one, or one for each message, or anywhere. */
export function cut(messages: readonly Buffer[], random: Random): readonly Buffer[] {
  const manner = random.next();
  if (manner < 0.25) return messages;
  const stream = Buffer.concat(messages);
  if (manner < 0.9) return [stream];
  const chunks: Buffer[] = [];
  const most = manner < 0.93 ? 1 : oneOf(random, [3, 20, 200]);
  for (let at = 0; at < stream.length && chunks.length < 60; ) {
    const size = chunks.length === 59 ? stream.length : whole(random, 1, most);
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
