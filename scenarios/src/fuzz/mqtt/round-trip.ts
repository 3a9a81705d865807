import { isDeepStrictEqual } from 'node:util';
import { type Connect, decodeConnect } from '../../../../packages/mqtt/src/packets/connect.ts';
import { encodeProperties, propertyBytes } from '../../../../packages/mqtt/src/packets/properties.ts';
import {
  decodePublish,
  encodePublishHead,
  PublishHead,
  publishBodySize,
} from '../../../../packages/mqtt/src/packets/publish.ts';
import { decodeSubscribe, type Subscribe } from '../../../../packages/mqtt/src/packets/subscribe.ts';
import { decodeUnsubscribe } from '../../../../packages/mqtt/src/packets/unsubscribe.ts';
import { bytes, number, type Piece, write } from '../pieces/piece.ts';
import { Broken } from '../target.ts';
import { list, packet, property, text, type Version, varint, varintPiece } from './grammar.ts';

const limits = { propertiesMax: 1_000 };

/**
 * Throws `Broken` if a packet that a decoder takes is not the same after it was encoded again. `CONNECT` and `PUBLISH`
 * come back byte by byte as long, since nothing of them is left out and every encoding is the shortest.
 */
export function checkRoundTrip(bytes: Buffer): void {
  const first = bytes[0] ?? 0;
  let start = 1;
  while (start < 5 && (bytes[start] ?? 0) >= 0x80) start += 1;
  const body = bytes.subarray(start + 1);
  if (first === 0x10) checkConnect(body);
  for (const version of [4, 5] as const) {
    if (first >> 4 === 3) checkPublish(first, body, version);
    if (first === 0x82) checkSubscribe(body, version);
    if (first === 0xa2) checkUnsubscribe(body, version);
  }
}

const changed = (what: string): Broken => new Broken('promise', `${what} is another one after it was encoded again`);

/** Without the fixed header. */
const bodyOf = (written: Piece): Buffer => {
  const whole = write(written);
  let start = 1;
  while (whole[start]! >= 0x80) start += 1;
  return whole.subarray(start + 1);
};

function checkConnect(body: Buffer): void {
  const taken = decodeConnect(body, 0, body.length, limits);
  if (!taken.ok) return;
  const again = bodyOf(encodeConnect(taken.value));
  const back = decodeConnect(again, 0, again.length, limits);
  if (again.length !== body.length || !isDeepStrictEqual(back, taken)) throw changed('a CONNECT');
}

function encodeConnect({
  version,
  cleanStart,
  keepAlive,
  properties,
  clientId,
  will,
  username,
  password,
}: Connect): Piece {
  const listed = (some: Connect['properties']): readonly Piece[] =>
    version === 5 ? [bytes(encodeProperties(some))] : [];
  const flags =
    (cleanStart ? 2 : 0) |
    (will ? 4 | (will.qos << 3) | (will.retain ? 0x20 : 0) : 0) |
    (password === undefined ? 0 : 0x40) |
    (username === undefined ? 0 : 0x80);
  return packet(0x10, [
    ...[
      text('MQTT'),
      number(1, version),
      number(1, flags),
      number(2, keepAlive),
      ...listed(properties),
      text(clientId),
    ],
    ...(will ? [...listed(will.properties), text(will.topic), text(will.payload)] : []),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  ]);
}

function checkPublish(first: number, body: Buffer, version: Version): void {
  const head = new PublishHead();
  if (decodePublish(head, first, body, 0, body.length, version, limits) !== 0) return;
  const { qos, retain, duplicate, packetId, topicAlias, properties } = head;
  const topic = body.subarray(head.topicStart, head.topicEnd);
  const payload = body.subarray(head.payloadStart, head.payloadEnd);
  const alias = topicAlias < 0 ? {} : { topicAlias };
  const { userProperties, ...others } = properties ?? {};
  const users = userProperties
    ? { userProperties: userProperties.map(([name, value]): [string, string] => [name, value]) }
    : {};
  const encoded = version === 5 ? propertyBytes({ ...others, ...users, ...alias }) : undefined;
  const form = { qos, retain, duplicate, packetId, properties: encoded };
  const size = publishBodySize(topic.length, payload.length, form);
  const again = Buffer.alloc(1 + varint(size).length + size);
  again.set(payload, encodePublishHead(again, 0, size, topic, form));
  const back = new PublishHead();
  const start = again.length - size;
  const refused = decodePublish(back, again[0]!, again, start, again.length, version, limits) !== 0;
  const isSame =
    isDeepStrictEqual(again.subarray(back.topicStart, back.topicEnd), topic) &&
    isDeepStrictEqual(again.subarray(back.payloadStart, back.payloadEnd), payload) &&
    isDeepStrictEqual([back.qos, back.packetId, back.properties], [qos, packetId, properties]);
  if (refused || size !== body.length || !isSame) throw changed('a PUBLISH');
}

function checkSubscribe(body: Buffer, version: Version): void {
  const taken = decodeSubscribe(body, 0, body.length, version, limits);
  if (!taken.ok) return;
  const again = bodyOf(encodeSubscribe(taken.value, version));
  if (!isDeepStrictEqual(decodeSubscribe(again, 0, again.length, version, limits), taken)) throw changed('a SUBSCRIBE');
}

function encodeSubscribe({ packetId, subscriptionId, requests }: Subscribe, version: Version): Piece {
  const properties = subscriptionId === 0 ? [] : [property(0x0b, [varintPiece(subscriptionId)])];
  const wishes = requests.map(({ filter, qos, noLocal, retainAsPublished, retainHandling }) => [
    text(filter),
    number(1, qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4)),
  ]);
  return packet(0x82, [number(2, packetId), ...(version === 5 ? [list(properties)] : []), ...wishes.flat()]);
}

function checkUnsubscribe(body: Buffer, version: Version): void {
  const taken = decodeUnsubscribe(body, 0, body.length, version, limits);
  if (!taken.ok) return;
  const { packetId, filters } = taken.value;
  const again = bodyOf(packet(0xa2, [number(2, packetId), ...(version === 5 ? [list([])] : []), ...filters.map(text)]));
  if (!isDeepStrictEqual(decodeUnsubscribe(again, 0, again.length, version, limits), taken))
    throw changed('an UNSUBSCRIBE');
}
