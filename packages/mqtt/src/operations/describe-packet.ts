import { type Properties, readProperties } from '../packets/properties.ts';
import { Reader } from '../packets/reader.ts';
import { previewOf, redactValue } from './redact.ts';

/** What one packet said, without secrets. Fields that its kind does not have are absent. */
export interface PacketInfo {
  /** Such as `PUBLISH`. */
  readonly packet: string;
  /** The whole packet, its fixed header included. */
  readonly bytes: number;
  readonly packetId?: number;
  readonly topic?: string;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly duplicate?: boolean;
  readonly filters?: readonly { readonly filter: string; readonly options: number }[];
  /** Reason or return codes. */
  readonly codes?: readonly number[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly payloadBytes?: number;
  /** The beginning of a payload that is text. */
  readonly payload?: string;
}

const names = [
  ...['reserved', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK'],
  ...['UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'],
] as const;

const payloadShown = 128;
const filtersShown = 16;

/** Describes the packet of `bytes` bytes whose first byte is `first`. `body` is its body, or the beginning of it. */
export function describePacket(first: number, body: Buffer, bytes: number, version: 4 | 5): PacketInfo {
  const packet = names[first >> 4]!;
  const info = { packet, bytes };
  const reader = new Reader(body, 0, body.length);
  try {
    switch (packet) {
      case 'PUBLISH':
        return { ...info, ...publish(reader, first, bytes - headerSize(bytes), version) };
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        return { ...info, packetId: reader.u16(), ...propertiesOf(reader, version), filters: filters(reader, packet) };
      case 'SUBACK':
      case 'UNSUBACK':
        return { ...info, packetId: reader.u16(), ...propertiesOf(reader, version), codes: codes(reader) };
      case 'PUBACK':
      case 'PUBREC':
      case 'PUBREL':
      case 'PUBCOMP':
        return { ...info, packetId: reader.u16(), ...codeAndProperties(reader, version) };
      case 'CONNACK':
        reader.u8();
        return { ...info, ...codeAndProperties(reader, version) };
      case 'DISCONNECT':
      case 'AUTH':
        return { ...info, ...codeAndProperties(reader, version) };
      default:
        // CONNECT among them: who speaks is known, and its password is nobody's business.
        return info;
    }
  } catch {
    return info;
  }
}

function publish(
  reader: Reader,
  first: number,
  bodySize: number,
  version: 4 | 5,
): Omit<PacketInfo, 'packet' | 'bytes'> {
  const qos = (first >> 1) & 3;
  const head = {
    topic: reader.text(),
    qos,
    retain: (first & 1) === 1,
    duplicate: (first & 8) === 8,
    ...(qos > 0 ? { packetId: reader.u16() } : {}),
    ...propertiesOf(reader, version),
  };
  if (reader.failure) return head;
  const payloadBytes = bodySize - reader.at;
  const text = previewOf(reader.bytes.subarray(reader.at, reader.at + payloadShown), payloadBytes > payloadShown);
  return { ...head, payloadBytes, ...(text === undefined ? {} : { payload: text }) };
}

function filters(reader: Reader, packet: 'SUBSCRIBE' | 'UNSUBSCRIBE'): { filter: string; options: number }[] {
  const found: { filter: string; options: number }[] = [];
  while (reader.left > 0 && found.length < filtersShown)
    found.push({ filter: reader.text(), options: packet === 'SUBSCRIBE' ? reader.u8() : 0 });
  return found;
}

function codes(reader: Reader): number[] {
  const found: number[] = [];
  while (reader.left > 0 && found.length < filtersShown) found.push(reader.u8());
  return found;
}

function codeAndProperties(reader: Reader, version: 4 | 5): Pick<PacketInfo, 'codes' | 'properties'> {
  const code = reader.left > 0 ? reader.u8() : 0;
  return { codes: [code], ...(reader.left > 0 ? propertiesOf(reader, version) : {}) };
}

const any = { has: () => true } as unknown as ReadonlySet<keyof Properties>;

function propertiesOf(reader: Reader, version: 4 | 5): Pick<PacketInfo, 'properties'> {
  if (version === 4) return {};
  const { userProperties, authenticationData, correlationData, ...rest } = readProperties(reader, any, {
    propertiesMax: filtersShown,
  });
  const properties = {
    ...rest,
    ...(authenticationData ? { authenticationData: '…' } : {}),
    ...(correlationData ? { correlationData: `${correlationData.length} bytes` } : {}),
    ...(userProperties
      ? { userProperties: userProperties.map(([name, value]) => [name, redactValue(name, value)]) }
      : {}),
  };
  return Object.keys(properties).length > 0 ? { properties } : {};
}

/** Bytes of the fixed header of a packet of that size. */
export const headerSize = (bytes: number): number =>
  bytes - 2 < 0x80 ? 2 : bytes - 3 < 0x4000 ? 3 : bytes - 4 < 0x20_0000 ? 4 : 5;
