import { reason } from '../reason.ts';
import { type Allowed, encodeProperties, type Parsed, type PropertyLimits, readProperties } from './properties.ts';
import { Reader } from './reader.ts';
import { packet } from './writer.ts';

/*
 * AUTH (section 3.15), version 5 only
 *
 *   auth = 0xf0 length:varint [code:u8 properties]   without them the code is 0
 */

/** The codes of an AUTH: the last word, another round, or a client that authenticates anew (table 3-11). */
export type AuthCode = 0x00 | 0x18 | 0x19;

export interface Auth {
  readonly code: number;
  readonly method: string | undefined;
  readonly data: Uint8Array | undefined;
}

const allowed: Allowed = new Set(['authenticationMethod', 'authenticationData', 'reasonString', 'userProperties']);

export function decodeAuth(bytes: Buffer, start: number, end: number, limits: PropertyLimits): Parsed<Auth> {
  const reader = new Reader(bytes, start, end);
  if (reader.left === 0) return { ok: true, value: { code: 0, method: undefined, data: undefined } };
  const code = reader.u8();
  // [MQTT-3.15.2-1]: 0x00 is the server's
  if (code !== reason.continueAuthentication && code !== reason.reAuthenticate)
    reader.fail(reason.protocolError, `reason code ${code} is none of a client's AUTH`);
  const { authenticationMethod: method, authenticationData: data } = readProperties(reader, allowed, limits);
  return reader.finish() ?? { ok: true, value: { code, method, data } };
}

/** Without reason string and user properties, so that nothing of it could be left out [MQTT-3.15.2-2]. */
export const encodeAuth = (code: AuthCode, method: string, data: Uint8Array | undefined): Buffer =>
  packet(
    0xf0,
    Buffer.of(code),
    encodeProperties({ authenticationMethod: method, ...(data ? { authenticationData: data } : {}) }),
  );
