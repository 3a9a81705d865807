import type { PublishProperties } from '../message.ts';
import { reason } from '../reason.ts';
import { type Allowed, type PropertyLimits, readProperties } from './properties.ts';
import { Reader } from './reader.ts';
import { varintSize, writeVarint } from './writer.ts';

/*
 * PUBLISH (section 3.3)
 *
 *   publish = 0x30|dup:1 qos:2 retain:1 length:varint topic:text [packetId:u16 if qos > 0] [properties if version 5] payload
 */

const allowed: Allowed = new Set([
  'payloadFormat',
  'messageExpiry',
  'topicAlias',
  'responseTopic',
  'correlationData',
  'userProperties',
  'subscriptionIds',
  'contentType',
]);

/** Where the parts of one PUBLISH lie in its bytes. One object per connection, filled again for each packet. */
export class PublishHead {
  qos: 0 | 1 | 2 = 0;
  retain: boolean = false;
  duplicate: boolean = false;
  topicStart = 0;
  topicEnd = 0;
  packetId = 0;
  /** -1 without one: it is about this connection, not about the message, so it is not among `properties`. */
  topicAlias = -1;
  /** Undefined when there are none: the usual case costs nothing. */
  properties: PublishProperties | undefined = undefined;
  payloadStart = 0;
  payloadEnd = 0;
  /** Why the last packet was refused. */
  why = '';

  refuse(code: number, why: string): number {
    this.why = why;
    return code;
  }
}

/** Finds the parts of the PUBLISH whose body is `bytes[start..end)`. Gives 0, or the reason code that refuses it. */
export function decodePublish(
  into: PublishHead,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
  version: 4 | 5,
  limits: PropertyLimits,
): number {
  const qos = (first >> 1) & 3;
  // [MQTT-3.3.1-4], [MQTT-3.3.1-2]
  if (qos === 3) return into.refuse(reason.malformedPacket, 'QoS 3 does not exist');
  if (qos === 0 && (first & 8) !== 0)
    return into.refuse(reason.malformedPacket, 'a QoS 0 PUBLISH is marked as duplicate');
  if (end - start < 2) return into.refuse(reason.malformedPacket, 'the topic is cut off');
  const topicStart = start + 2;
  let at = topicStart + ((bytes[start]! << 8) | bytes[start + 1]!);
  into.topicStart = topicStart;
  into.topicEnd = at;
  if (qos > 0) {
    if (at + 2 > end) return into.refuse(reason.malformedPacket, 'the packet identifier is cut off');
    into.packetId = (bytes[at]! << 8) | bytes[at + 1]!;
    if (into.packetId === 0) return into.refuse(reason.protocolError, 'packet identifier 0');
    at += 2;
  } else {
    into.packetId = 0;
  }
  into.properties = undefined;
  into.topicAlias = -1;
  if (version === 5) {
    if (at >= end) return into.refuse(reason.malformedPacket, 'the properties are cut off');
    if (bytes[at] === 0) {
      at += 1;
    } else {
      const reader = new Reader(bytes, at, end);
      readPublishProperties(into, reader, limits);
      if (reader.failure) return into.refuse(reader.failure.code, reader.failure.why);
      at = reader.at;
    }
  }
  if (at > end) return into.refuse(reason.malformedPacket, 'the topic is cut off');
  into.qos = qos as 0 | 1 | 2;
  into.retain = (first & 1) !== 0;
  into.duplicate = (first & 8) !== 0;
  into.payloadStart = at;
  into.payloadEnd = end;
  return 0;
}

/**
 * Bytes from which it is known where the payload of a PUBLISH begins, seen from the first `held` of its body: when these
 * are enough, it begins there.
 */
export function publishHeadSize(body: Uint8Array, held: number, qos: number, version: 4 | 5): number {
  if (held < 2) return 2;
  const properties = 2 + ((body[0]! << 8) | body[1]!) + (qos > 0 ? 2 : 0);
  if (version === 4) return properties;
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const at = properties + index;
    if (at >= held) return at + 1;
    length += (body[at]! & 0x7f) * 2 ** (7 * index);
    if (body[at]! < 0x80) return at + 1 + length;
  }
  // No length has five bytes: decoding says so.
  return properties + 4;
}

function readPublishProperties(into: PublishHead, reader: Reader, limits: PropertyLimits): void {
  const { topicAlias = -1, subscriptionIds, ...properties } = readProperties(reader, allowed, limits);
  if (subscriptionIds) reader.fail(reason.protocolError, 'a client may not send subscription identifiers'); // [MQTT-3.3.4-6]
  into.topicAlias = topicAlias;
  if (Object.keys(properties).length > 0) into.properties = properties;
}

/** How one message goes to one client. */
export interface PublishForm {
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly duplicate: boolean;
  /** 0 when `qos` is 0. */
  readonly packetId: number;
  /** Encoded without a length before them; undefined for a version 4 client. */
  readonly properties: Uint8Array | undefined;
}

/** Bytes of the body: what the fixed header's remaining length says. */
export const publishBodySize = (topicSize: number, payloadSize: number, form: PublishForm): number =>
  2 +
  topicSize +
  (form.qos > 0 ? 2 : 0) +
  (form.properties ? varintSize(form.properties.length) + form.properties.length : 0) +
  payloadSize;

/** Writes everything before the payload at `at` and gives the place behind it. */
export function encodePublishHead(
  into: Buffer,
  from: number,
  bodySize: number,
  topic: Uint8Array,
  form: PublishForm,
): number {
  into[from] = 0x30 | (form.duplicate ? 8 : 0) | (form.qos << 1) | (form.retain ? 1 : 0);
  let at = writeVarint(into, from + 1, bodySize);
  into[at++] = topic.length >>> 8;
  into[at++] = topic.length & 0xff;
  into.set(topic, at);
  at += topic.length;
  if (form.qos > 0) {
    into[at++] = form.packetId >>> 8;
    into[at++] = form.packetId & 0xff;
  }
  if (form.properties) {
    at = writeVarint(into, at, form.properties.length);
    into.set(form.properties, at);
    at += form.properties.length;
  }
  return at;
}
