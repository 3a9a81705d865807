import { reason } from '../reason.ts';
import { type Allowed, type Parsed, type PropertyLimits, readProperties } from './properties.ts';
import { Reader } from './reader.ts';

/*
 * SUBSCRIBE (section 3.8)
 *
 *   subscribe = 0x82 length:varint packetId:u16 [properties if version 5] ( filter:text options:u8 )+
 *   options   = reserved:2(=0) retainHandling:2 retainAsPublished:1 noLocal:1 qos:2     version 5
 *             = reserved:6(=0) qos:2                                                    version 4
 */

export interface SubscribeRequest {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** 0: send retained messages; 1: only if the subscription is new; 2: never. */
  readonly retainHandling: 0 | 1 | 2;
}

export interface Subscribe {
  readonly packetId: number;
  /** 0: none. */
  readonly subscriptionId: number;
  readonly requests: readonly SubscribeRequest[];
}

const allowed: Allowed = new Set(['subscriptionIds', 'userProperties']);

export function decodeSubscribe(
  bytes: Buffer,
  start: number,
  end: number,
  version: 4 | 5,
  limits: PropertyLimits,
): Parsed<Subscribe> {
  const reader = new Reader(bytes, start, end);
  const packetId = reader.u16();
  if (packetId === 0) reader.fail(reason.protocolError, 'packet identifier 0');
  const properties = version === 5 ? readProperties(reader, allowed, limits) : {};
  if ((properties.subscriptionIds?.length ?? 0) > 1) reader.fail(reason.protocolError, 'two subscription identifiers');
  const requests: SubscribeRequest[] = [];
  while (reader.left > 0) requests.push(readRequest(reader, version));
  // [MQTT-3.8.3-2]
  if (requests.length === 0) reader.fail(reason.protocolError, 'a SUBSCRIBE without a filter');
  if (reader.failure) return reader.failure;
  return { ok: true, value: { packetId, subscriptionId: properties.subscriptionIds?.[0] ?? 0, requests } };
}

function readRequest(reader: Reader, version: 4 | 5): SubscribeRequest {
  const filter = reader.text();
  const options = reader.u8();
  const noLocal = (options & 0x04) !== 0;
  const retainHandling = (options >> 4) & 3;
  // [MQTT-3.8.3-5], in MQTT 3.1.1 [MQTT-3-8.3-4]
  if ((options & (version === 5 ? 0xc0 : 0xfc)) !== 0)
    reader.fail(reason.malformedPacket, 'reserved option bits are set');
  if ((options & 3) === 3) reader.fail(reason.protocolError, 'QoS 3 does not exist');
  if (retainHandling === 3) reader.fail(reason.protocolError, 'retain handling 3 does not exist');
  if (noLocal && filter.startsWith('$share/')) {
    reader.fail(reason.protocolError, 'no-local on a shared subscription'); // [MQTT-3.8.3-4]
  }
  return {
    filter,
    qos: (options & 3) as 0 | 1 | 2,
    noLocal,
    retainAsPublished: (options & 0x08) !== 0,
    retainHandling: retainHandling as 0 | 1 | 2,
  };
}
