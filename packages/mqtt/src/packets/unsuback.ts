import { encodeProperties } from './properties.ts';
import { packet, u16 } from './writer.ts';

/*
 * UNSUBACK (section 3.11)
 *
 *   unsuback = 0xb0 length:varint packetId:u16 [properties code:u8+ if version 5]
 */

/** One code per filter, in their order [MQTT-3.11.3-1]; version 4 has none. */
export function encodeUnsuback(version: 4 | 5, packetId: number, codes: readonly number[]): Buffer {
  if (version === 4) return packet(0xb0, u16(packetId));
  return packet(0xb0, u16(packetId), encodeProperties({}), Buffer.from(codes));
}
