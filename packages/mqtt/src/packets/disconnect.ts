import { reason } from '../reason.ts';
import { type Allowed, encodeProperties, type Parsed, type PropertyLimits, readProperties } from './properties.ts';
import { Reader } from './reader.ts';
import { packet } from './writer.ts';

/*
 * DISCONNECT (section 3.14)
 *
 *   disconnect = 0xe0 length:varint [code:u8 [properties]]   version 5; without a code it is 0
 *              = 0xe0 0x00                                   version 4, from the client only
 */

export interface Disconnect {
  readonly code: number;
  /** Seconds; undefined: as the CONNECT said. */
  readonly sessionExpiry: number | undefined;
}

const allowed: Allowed = new Set(['sessionExpiry', 'reasonString', 'userProperties']);

/** The codes with which a client may leave (table 3-10). */
const leaving = new Set([0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99]);

export function decodeDisconnect(
  bytes: Buffer,
  start: number,
  end: number,
  version: 4 | 5,
  limits: PropertyLimits,
): Parsed<Disconnect> {
  const reader = new Reader(bytes, start, end);
  if (version === 4 || reader.left === 0) {
    return reader.finish() ?? { ok: true, value: { code: 0, sessionExpiry: undefined } };
  }
  const code = reader.u8();
  if (!leaving.has(code)) reader.fail(reason.malformedPacket, `reason code ${code} is none of a leaving client`);
  const properties = reader.left > 0 ? readProperties(reader, allowed, limits) : {};
  return reader.finish() ?? { ok: true, value: { code, sessionExpiry: properties.sessionExpiry } };
}

/** Version 5 only: MQTT 3.1.1 has no DISCONNECT from the server. */
export function encodeDisconnect(code: number, reasonString: string | undefined, serverReference?: string): Buffer {
  if (reasonString === undefined && serverReference === undefined) return packet(0xe0, Buffer.of(code));
  const reference = serverReference === undefined ? {} : { serverReference };
  return packet(0xe0, Buffer.of(code), encodeProperties({ ...(reasonString ? { reasonString } : {}), ...reference }));
}
