import type { Random } from '@selvedge/kernel';
import { coin, oneOf, whole } from '../../cast/chance.ts';
import type { Input } from '../input.ts';
import { cut, damageBytes, damageMessages, type Messages } from '../pieces/damage.ts';
import type { Material } from '../pieces/mutate-piece.ts';
import { bytes } from '../pieces/piece.ts';
import type { Drawn } from '../target.ts';
import captures from './captures.json' with { type: 'json' };
import { dissect } from './dissect.ts';
import type { Version } from './grammar.ts';
import { drawConnect, drawPacket } from './packets.ts';
import { names, words } from './words.ts';

interface Origin {
  readonly version: Version;
  readonly messages: Messages;
}

const captured: readonly Origin[] = captures.map((one) => {
  const { version, packets } = dissect(Buffer.from(one.bytes, 'hex'));
  return { version, messages: packets };
});

const material: Material = { donors: captured.flatMap(({ messages }) => messages), words };

/** A client's whole stream: what was captured, drawn from the grammar or learnt, then damaged and cut. */
export function drawInput(random: Random, learnt: readonly Drawn[]): Drawn {
  const origin = drawOrigin(random, learnt);
  const messages = damageMessages(origin.messages, random, material);
  const written = damageBytes(messages, random, material);
  const input: Input = {
    via: 'stream',
    chunks: cut(written, random),
    pause: coin(random, 0.9) ? 0 : oneOf(random, [1, 600, 5_500]),
    wait: oneOf(random, waits),
    stays: coin(random, 0.3) ? whole(random, 1, 30) : 0,
    reads: coin(random, 0.95),
    answers: oneOf(random, ['never', 'well', 'well', 'badly']),
    meanwhile: coin(random, 0.05) ? `${oneOf(random, operations)} ${oneOf(random, names)}` : '',
    ends: coin(random) ? 'finishes' : 'breaks',
  };
  return { input, origin: { version: origin.version, messages } satisfies Origin };
}

/** Mostly nothing, sometimes past a sweep, a keep-alive, a will's delay or a session. Milliseconds. */
const waits = [...Array<number>(40).fill(0), 1, 1, 10, 10, 600, 2_500, 8_000, 100_000];

/** What an operator may do. */
const operations = ['kick', 'redirect', 'reauthorize', 'revoke', 'trace', 'retained'];

function drawOrigin(random: Random, learnt: readonly Drawn[]): Origin {
  const manner = random.next();
  if (manner < 0.25) return oneOf(random, captured);
  if (manner < 0.45 && learnt.length > 0) return oneOf(random, learnt).origin as Origin;
  const version = coin(random) ? 5 : 4;
  const following = Array.from({ length: whole(random, 0, 7) }, () => drawPacket(random, version));
  if (manner < 0.95) return { version, messages: [drawConnect(random, version), ...following] };
  if (manner < 0.98) return { version, messages: following };
  return {
    version,
    messages: [bytes(Buffer.from(Array.from({ length: whole(random, 1, 40) }, () => whole(random, 0, 255))))],
  };
}
