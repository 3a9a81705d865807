import { returnCode } from '../reason.ts';
import { encodeProperties, type Properties } from './properties.ts';
import { packet } from './writer.ts';

/*
 * CONNACK (section 3.2)
 *
 *   connack = 0x20 length:varint sessionPresent:u8(0|1) code:u8 [properties if version 5]
 */

/** `code` is a version 5 reason code; a version 4 client is told the return code nearest to it. */
export function encodeConnack(version: 4 | 5, sessionPresent: boolean, code: number, properties: Properties): Buffer {
  const present = sessionPresent && code === 0 ? 1 : 0; // [MQTT-3.2.2-6]
  if (version === 4) return packet(0x20, Buffer.of(present, returnCode(code)));
  return packet(0x20, Buffer.of(present, code), encodeProperties(properties));
}
