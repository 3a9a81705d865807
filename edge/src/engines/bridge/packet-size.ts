import { Buffer } from 'node:buffer';
import type { BridgeMessage } from './line.ts';
import type { UserProperties } from './via.ts';

/** Bytes of a message's PUBLISH packet (section 3.3 of both versions), without topic alias and subscription identifiers. */
export function packetSize({ topic, payload, qos, properties }: BridgeMessage, version: 4 | 5): number {
  const body = text(topic) + (qos > 0 ? 2 : 0) + payload.length;
  if (version === 4) return framed(body);
  const { payloadIsText, messageExpiry, contentType, responseTopic, correlationData, userProperties } = properties;
  const size =
    (payloadIsText === undefined ? 0 : 2) +
    (messageExpiry === undefined ? 0 : 5) +
    (contentType === undefined ? 0 : 1 + text(contentType)) +
    (responseTopic === undefined ? 0 : 1 + text(responseTopic)) +
    (correlationData === undefined ? 0 : 3 + correlationData.length) +
    sizeOf(userProperties);
  return framed(body + lengthSize(size) + size);
}

const sizeOf = (properties: UserProperties): number =>
  properties.reduce((sum, [name, value]) => sum + 1 + text(name) + text(value), 0);

const text = (one: string): number => 2 + Buffer.byteLength(one);
const framed = (size: number): number => 1 + lengthSize(size) + size;

/** Bytes of a variable byte integer. */
const lengthSize = (length: number): number => (length < 2 ** 7 ? 1 : length < 2 ** 14 ? 2 : length < 2 ** 21 ? 3 : 4);
