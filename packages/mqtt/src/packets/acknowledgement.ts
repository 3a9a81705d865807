import { reason } from '../reason.ts';
import { type Allowed, encodeProperties, type PropertyLimits, readProperties } from './properties.ts';
import { Reader } from './reader.ts';
import { packet, u16 } from './writer.ts';

/*
 * PUBACK, PUBREC, PUBREL, PUBCOMP (sections 3.4 to 3.7), which share one grammar
 *
 *   acknowledgement = 0x40 | 0x50 | 0x62 | 0x70  length:varint packetId:u16 [code:u8 [properties]]   version 5
 *                   = the same first byte        0x02          packetId:u16                          version 4
 *
 * Without a code it is 0.
 */

export const puback = 0x40;
export const pubrec = 0x50;
export const pubrel = 0x62;
export const pubcomp = 0x70;
export type AcknowledgementKind = typeof puback | typeof pubrec | typeof pubrel | typeof pubcomp;

const allowed: Allowed = new Set(['reasonString', 'userProperties']);

/**
 * What a client may say to a PUBLISH or PUBREC, and to a PUBREL or PUBCOMP. 0x10 is the server's alone, but clients that
 * are built from one codec with their server send it back, and mean success.
 */
const published = new Set<number>([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const released = new Set<number>([0x00, 0x92]);

/** One acknowledgement as it was read. One object per connection, filled again for each packet. */
export class Acknowledgement {
  packetId = 0;
  code = 0;
  why = '';

  refuse(code: number, why: string): number {
    this.why = why;
    return code;
  }
}

/** Reads the acknowledgement whose body is `bytes[start..end)`. Gives 0, or the reason code that refuses it. */
export function decodeAcknowledgement(
  into: Acknowledgement,
  kind: AcknowledgementKind,
  bytes: Buffer,
  start: number,
  end: number,
  version: 4 | 5,
  limits: PropertyLimits,
): number {
  const size = end - start;
  if (size < 2 || (version === 4 && size !== 2)) {
    return into.refuse(reason.malformedPacket, `an acknowledgement of ${size} bytes`);
  }
  into.packetId = (bytes[start]! << 8) | bytes[start + 1]!;
  into.code = size > 2 ? bytes[start + 2]! : 0;
  if (into.packetId === 0) return into.refuse(reason.protocolError, 'packet identifier 0');
  if (size === 2) return 0;
  const codes = kind === puback || kind === pubrec ? published : released;
  if (!codes.has(into.code))
    return into.refuse(reason.malformedPacket, `reason code ${into.code} does not belong here`);
  if (size === 3) return 0;
  const reader = new Reader(bytes, start + 3, end);
  readProperties(reader, allowed, limits);
  const failure = reader.finish();
  return failure ? into.refuse(failure.code, failure.why) : 0;
}

/** Bytes an acknowledgement takes at most. */
export const acknowledgementSizeMax = 5;

/** Writes the acknowledgement at `at` and gives the place behind it. A version 4 client is never told a code. */
export function encodeAcknowledgement(
  into: Uint8Array,
  at: number,
  kind: AcknowledgementKind,
  packetId: number,
  code: number,
  version: 4 | 5,
): number {
  const told = code !== 0 && version === 5;
  into[at] = kind;
  into[at + 1] = told ? 3 : 2;
  into[at + 2] = packetId >>> 8;
  into[at + 3] = packetId & 0xff;
  if (!told) return at + 4;
  into[at + 4] = code;
  return at + 5;
}

/** A version 5 acknowledgement that refuses, with its reason in words. */
export const encodeRefusal = (
  kind: AcknowledgementKind,
  packetId: number,
  code: number,
  reasonString: string,
): Buffer => packet(kind, u16(packetId), Buffer.of(code), encodeProperties({ reasonString }));
