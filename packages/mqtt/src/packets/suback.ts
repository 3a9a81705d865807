import { encodeProperties } from './properties.ts';
import { packet, u16 } from './writer.ts';

/*
 * SUBACK (section 3.9)
 *
 *   suback = 0x90 length:varint packetId:u16 [properties if version 5] code:u8+
 */

/** One code per filter, in their order [MQTT-3.8.4-6]; a version 4 client knows one failure code, 0x80. */
export function encodeSuback(
  version: 4 | 5,
  packetId: number,
  codes: readonly number[],
  reasonString?: string,
): Buffer {
  const properties = reasonString === undefined ? {} : { reasonString };
  if (version === 5) return packet(0x90, u16(packetId), encodeProperties(properties), Buffer.from(codes));
  return packet(0x90, u16(packetId), Buffer.from(codes.map((code) => Math.min(code, 0x80))));
}
