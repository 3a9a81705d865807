import type { Random } from '@selvedge/kernel';
import { coin, oneOf, whole } from '../../cast/chance.ts';
import type { Input } from '../input.ts';
import { cut, damageBytes, damageMessages, type Messages } from '../pieces/damage.ts';
import type { Material } from '../pieces/mutate-piece.ts';
import { bytes, type Piece, write } from '../pieces/piece.ts';
import type { Drawn } from '../target.ts';
import captures from './captures.json' with { type: 'json' };
import { dissect } from './dissect.ts';
import { drawRequest } from './requests.ts';
import { devices, words } from './words.ts';

const captured: readonly Messages[] = captures.map((one) => dissect(Buffer.from(one.bytes, 'hex')));

/** Whole requests, and the lines and headers that they are made of. */
const donors: readonly Piece[] = captured
  .flat()
  .flatMap((piece) => (piece.is === 'group' ? [piece, ...piece.parts] : [piece]));

const material: Material = { donors, words };

/** A client's whole connection: captured, drawn or learnt requests in a row, then damaged and cut. */
export function drawInput(random: Random, learnt: readonly Drawn[]): Drawn {
  const drawn = drawMessages(random, learnt);
  // A head with any damage is mostly none, and what lies behind it is not seen.
  const isWhole = coin(random, 0.35);
  const messages = isWhole ? drawn : damageMessages(drawn, random, material);
  const written = isWhole ? drawn.map(write) : damageBytes(messages, random, material);
  const input: Input = {
    via: 'stream',
    chunks: cut(written, random),
    pause: coin(random, 0.95) ? 0 : oneOf(random, [1, 1_500]),
    wait: oneOf(random, [...Array<number>(40).fill(0), 2, 20, 1_500, 20_000]),
    stays: coin(random, 0.2) ? whole(random, 1, 20) : 0,
    reads: coin(random, 0.95),
    answers: 'never',
    meanwhile: coin(random, 0.1) ? `command ${oneOf(random, devices)}` : '',
    ends: coin(random) ? 'finishes' : 'breaks',
  };
  return { input, origin: messages };
}

function drawMessages(random: Random, learnt: readonly Drawn[]): Messages {
  const manner = random.next();
  if (manner < 0.2) return oneOf(random, captured);
  if (manner < 0.4 && learnt.length > 0) return oneOf(random, learnt).origin as Messages;
  if (manner > 0.98)
    return [bytes(Buffer.from(Array.from({ length: whole(random, 1, 40) }, () => whole(random, 0, 255))))];
  return Array.from({ length: oneOf(random, [1, 1, 1, 2, 3, 20]) }, () => drawRequest(random));
}
