import { reason } from '../reason.ts';
import { type Allowed, type Parsed, type PropertyLimits, readProperties } from './properties.ts';
import { Reader } from './reader.ts';

/*
 * UNSUBSCRIBE (section 3.10)
 *
 *   unsubscribe = 0xa2 length:varint packetId:u16 [properties if version 5] filter:text+
 */

export interface Unsubscribe {
  readonly packetId: number;
  readonly filters: readonly string[];
}

const allowed: Allowed = new Set(['userProperties']);

export function decodeUnsubscribe(
  bytes: Buffer,
  start: number,
  end: number,
  version: 4 | 5,
  limits: PropertyLimits,
): Parsed<Unsubscribe> {
  const reader = new Reader(bytes, start, end);
  const packetId = reader.u16();
  if (packetId === 0) reader.fail(reason.protocolError, 'packet identifier 0');
  if (version === 5) readProperties(reader, allowed, limits);
  const filters: string[] = [];
  while (reader.left > 0) filters.push(reader.text());
  // [MQTT-3.10.3-2]
  if (filters.length === 0) reader.fail(reason.protocolError, 'an UNSUBSCRIBE without a filter');
  return reader.failure ?? { ok: true, value: { packetId, filters } };
}
