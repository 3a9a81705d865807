import type { Random } from '@selvedge/kernel';
import { coin, oneOf, whole } from '../../cast/chance.ts';
import type { Input } from '../input.ts';
import { cut, damageBytes, damageMessages, type Messages } from '../pieces/damage.ts';
import type { Material } from '../pieces/mutate-piece.ts';
import { bytes, type Piece } from '../pieces/piece.ts';
import type { Drawn } from '../target.ts';
import captures from './captures.json' with { type: 'json' };
import { dissectDatagram, dissectStream } from './dissect.ts';
import { datagram, frame, plaintext } from './grammar.ts';
import { drawId, drawRequest, drawResponse, drawSignal } from './messages.ts';
import { asId, asToken, paths, words } from './words.ts';

/** `udp`: requests of a peer · `tcp`: a connection · `sealed`: what OSCORE protects · `asked`: answers to a request of the endpoint. */
type Way = 'udp' | 'tcp' | 'sealed' | 'asked';

interface Origin {
  readonly way: Way;
  readonly messages: Messages;
}

const captured: readonly Origin[] = captures.map((one) =>
  one.bytes === undefined
    ? { way: 'udp', messages: one.datagrams!.map((hex) => dissectDatagram(Buffer.from(hex, 'hex'))) }
    : { way: 'tcp', messages: dissectStream(Buffer.from(one.bytes, 'hex')) },
);

const materialOf = (way: Way): Material => ({
  donors: captured.filter((one) => (one.way === 'tcp') === (way === 'tcp')).flatMap(({ messages }) => messages),
  words,
});
const materials = {
  udp: materialOf('udp'),
  tcp: materialOf('tcp'),
  sealed: materialOf('udp'),
  asked: materialOf('udp'),
};

export function drawInput(random: Random, learnt: readonly Drawn[]): Drawn {
  const { way, messages: from } = drawOrigin(random, learnt);
  const messages = damageMessages(from, random, materials[way]);
  const written = damageBytes(messages, random, materials[way]);
  const input: Input = {
    // Some peers are known already, others nobody has heard of.
    via: `${way}:${coin(random, 0.6) ? whole(random, 0, 2) : 'new'}`,
    chunks: way === 'tcp' ? cut(written, random) : written.filter((one) => one.length > 0),
    pause: coin(random, 0.9) ? 0 : oneOf(random, [1, 600, 2_500]),
    wait: oneOf(random, waits),
    stays: coin(random, 0.3) ? whole(random, 1, 30) : 0,
    reads: coin(random, 0.95),
    answers: oneOf(random, ['never', 'well', 'well', 'badly']),
    meanwhile: coin(random, 0.2) ? `changed ${oneOf(random, paths)}` : '',
    ends: coin(random) ? 'finishes' : 'breaks',
  };
  return { input, origin: { way, messages } satisfies Origin };
}

/** Mostly nothing, sometimes past a retransmission, a separate response or the life of an exchange. Milliseconds. */
const waits = [...Array<number>(40).fill(0), 1, 10, 700, 700, 3_000, 10_000, 300_000];

function drawOrigin(random: Random, learnt: readonly Drawn[]): Origin {
  const manner = random.next();
  if (manner < 0.2) return oneOf(random, captured);
  if (manner < 0.4 && learnt.length > 0) return oneOf(random, learnt).origin as Origin;
  const way = oneOf(random, ['udp', 'udp', 'udp', 'tcp', 'tcp', 'sealed', 'asked'] as const);
  if (manner > 0.97) {
    const noise = Array.from({ length: whole(random, 1, 40) }, () => whole(random, 0, 255));
    return { way, messages: [bytes(Buffer.from(noise))] };
  }
  return { way, messages: Array.from({ length: whole(random, 1, 6) }, (_, at) => drawMessage(random, way, at)) };
}

function drawMessage(random: Random, way: Way, at: number): Piece {
  switch (way) {
    case 'udp': {
      if (coin(random, 0.1))
        return datagram(oneOf(random, [0, 2, 3]), drawId(random), { code: 0, token: Buffer.alloc(0), parts: [] });
      if (coin(random, 0.08)) return datagram(whole(random, 0, 3), drawId(random), drawResponse(random));
      return datagram(coin(random, 0.7) ? 0 : 1, drawId(random), drawRequest(random));
    }
    case 'tcp':
      if (at === 0) return frame({ code: 0xe1, token: Buffer.alloc(0), parts: [] });
      return frame(coin(random, 0.2) ? drawSignal(random) : drawRequest(random));
    case 'sealed':
      return plaintext(drawRequest(random));
    case 'asked':
      if (coin(random, 0.2))
        return datagram(oneOf(random, [2, 2, 3]), asId, { code: 0, token: Buffer.alloc(0), parts: [] });
      return datagram(oneOf(random, [0, 1, 2, 2, 2]), asId, { ...drawResponse(random), token: asToken });
  }
}
