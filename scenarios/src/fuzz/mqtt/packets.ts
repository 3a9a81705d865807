import type { Random } from '@selvedge/kernel';
import { coin, oneOf, whole } from '../../cast/chance.ts';
import { bytes, number, type Piece } from '../pieces/piece.ts';
import {
  connect,
  list,
  packet,
  propertiesOf,
  property,
  propertyForms,
  text,
  type Version,
  varintPiece,
} from './grammar.ts';
import { filters, methods, names, payloads, topics, usernames } from './words.ts';

/** Draws packets that a client may send, all of them valid or nearly so. */
export function drawPacket(random: Random, version: Version): Piece {
  const listed = (ids: readonly number[]): readonly Piece[] =>
    version === 5 ? [list(drawProperties(random, ids))] : [];
  const id = number(2, whole(random, 1, 6));
  switch (oneOf(random, kinds)) {
    case 'publish':
      return drawPublish(random, version);
    case 'acknowledgement': {
      const code = version === 5 && coin(random, 0.3) ? [number(1, oneOf(random, [0, 0x80, 0x92, 0x97]))] : [];
      const reason = code.length > 0 && coin(random) ? listed(propertiesOf.acknowledgement) : [];
      return packet(oneOf(random, [0x40, 0x50, 0x62, 0x62, 0x70]), [id, ...code, ...reason]);
    }
    case 'subscribe': {
      const wishes = Array.from({ length: whole(random, 1, 4) }, () => [
        text(oneOf(random, filters)),
        number(
          1,
          version === 5 ? whole(random, 0, 2) | oneOf(random, [0, 0, 4, 8, 0x10, 0x20, 0x2c]) : whole(random, 0, 2),
        ),
      ]);
      return packet(0x82, [id, ...listed(propertiesOf.subscribe), ...wishes.flat()]);
    }
    case 'unsubscribe':
      return packet(0xa2, [id, ...listed(propertiesOf.unsubscribe), text(oneOf(random, filters))]);
    case 'ping':
      return packet(0xc0, []);
    case 'auth':
      return packet(0xf0, [number(1, oneOf(random, [0x18, 0x18, 0x19, 0])), ...listed(propertiesOf.auth)]);
    case 'disconnect': {
      if (version === 4 || coin(random)) return packet(0xe0, []);
      return packet(0xe0, [number(1, oneOf(random, [0, 4, 0x81])), ...listed(propertiesOf.disconnect)]);
    }
  }
}

const kinds = [
  ...['publish', 'publish', 'publish', 'acknowledgement', 'acknowledgement', 'subscribe', 'subscribe'],
  ...['unsubscribe', 'ping', 'auth', 'disconnect'],
] as const satisfies readonly string[] as readonly Kind[];

type Kind = 'publish' | 'acknowledgement' | 'subscribe' | 'unsubscribe' | 'ping' | 'auth' | 'disconnect';

function drawPublish(random: Random, version: Version): Piece {
  const qos = whole(random, 0, 2);
  const first = 0x30 | (qos << 1) | (coin(random, 0.3) ? 1 : 0) | (qos > 0 && coin(random, 0.2) ? 8 : 0);
  const properties = version === 5 ? [list(drawProperties(random, propertiesOf.publish))] : [];
  const topic = version === 5 && coin(random, 0.2) ? '' : oneOf(random, topics);
  const id = qos > 0 ? [number(2, whole(random, 1, 6))] : [];
  return packet(first, [text(topic), ...id, ...properties, bytes(oneOf(random, payloads))]);
}

export function drawConnect(random: Random, version: Version): Piece {
  const hasWill = coin(random, 0.3);
  const hasName = coin(random, 0.3);
  const hasPassword = hasName && coin(random);
  const willFlags = hasWill ? 4 | (whole(random, 0, 2) << 3) | (coin(random, 0.3) ? 0x20 : 0) : 0;
  return connect({
    version,
    flags: (coin(random, 0.6) ? 2 : 0) | willFlags | (hasName ? 0x80 : 0) | (hasPassword ? 0x40 : 0),
    keepAlive: oneOf(random, [0, 0, 1, 5, 60, 65_535]),
    properties: coin(random, 0.6) ? drawProperties(random, propertiesOf.connect) : [],
    clientId: oneOf(random, names),
    ...(hasWill
      ? {
          will: {
            properties: drawProperties(random, propertiesOf.will),
            topic: oneOf(random, topics),
            payload: oneOf(random, payloads),
          },
        }
      : {}),
    ...(hasName ? { username: oneOf(random, usernames) } : {}),
    ...(hasPassword ? { password: 'secret' } : {}),
  });
}

function drawProperties(random: Random, ids: readonly number[]): readonly Piece[] {
  return ids.filter(() => coin(random, 0.25)).map((id) => property(id, drawValue(random, id)));
}

const small = [0, 1, 2, 5, 20, 60, 3_600, 65_535];

function drawValue(random: Random, id: number): readonly Piece[] {
  switch (propertyForms.get(id)) {
    case 'u8':
      return [number(1, whole(random, 0, 1))];
    case 'u16':
      return [number(2, oneOf(random, [1, 1, 2, 3, 10, 65_535]))];
    case 'u32':
      return [number(4, oneOf(random, id === 0x27 ? [20, 100, 1_000, 100_000] : small))];
    case 'varint':
      return [varintPiece(oneOf(random, [1, 127, 128, 16_384, 268_435_455]))];
    case 'pair':
      return [text(oneOf(random, names)), text(oneOf(random, payloads))];
    default:
      return [text(id === 0x15 ? oneOf(random, methods) : oneOf(random, topics))];
  }
}
