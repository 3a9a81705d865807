import { type Refusal, reason } from '../reason.ts';
import type { Reader } from './reader.ts';
import { field, u16, u32, varint } from './writer.ts';

/** Every property of MQTT 5 by name. Times are in seconds, as on the wire. */
export interface Properties {
  payloadFormat?: number;
  messageExpiry?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  subscriptionIds?: number[];
  sessionExpiry?: number;
  assignedClientId?: string;
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: number;
  willDelay?: number;
  requestResponseInformation?: number;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: number;
  retainAvailable?: number;
  /** In the order they were sent [MQTT-3.3.2-17]; a name may occur more than once. */
  userProperties?: [name: string, value: string][];
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: number;
  subscriptionIdsAvailable?: number;
  sharedSubscriptionAvailable?: number;
}

type Form = 'flag' | 'u8' | 'u16' | 'u16+' | 'u32' | 'u32+' | 'varints' | 'text' | 'binary' | 'pairs';

/** Section 2.2.2.2. A form with `+` must not be zero. */
const table: readonly (readonly [id: number, name: keyof Properties, form: Form])[] = [
  [0x01, 'payloadFormat', 'flag'],
  [0x02, 'messageExpiry', 'u32'],
  [0x03, 'contentType', 'text'],
  [0x08, 'responseTopic', 'text'],
  [0x09, 'correlationData', 'binary'],
  [0x0b, 'subscriptionIds', 'varints'],
  [0x11, 'sessionExpiry', 'u32'],
  [0x12, 'assignedClientId', 'text'],
  [0x13, 'serverKeepAlive', 'u16'],
  [0x15, 'authenticationMethod', 'text'],
  [0x16, 'authenticationData', 'binary'],
  [0x17, 'requestProblemInformation', 'flag'],
  [0x18, 'willDelay', 'u32'],
  [0x19, 'requestResponseInformation', 'flag'],
  [0x1a, 'responseInformation', 'text'],
  [0x1c, 'serverReference', 'text'],
  [0x1f, 'reasonString', 'text'],
  [0x21, 'receiveMaximum', 'u16+'],
  [0x22, 'topicAliasMaximum', 'u16'],
  [0x23, 'topicAlias', 'u16'],
  [0x24, 'maximumQos', 'flag'],
  [0x25, 'retainAvailable', 'flag'],
  [0x26, 'userProperties', 'pairs'],
  [0x27, 'maximumPacketSize', 'u32+'],
  [0x28, 'wildcardSubscriptionAvailable', 'flag'],
  [0x29, 'subscriptionIdsAvailable', 'flag'],
  [0x2a, 'sharedSubscriptionAvailable', 'flag'],
];

const byId = new Map(table.map((row) => [row[0], row]));

/** The properties that a packet may carry, by name. */
export type Allowed = ReadonlySet<keyof Properties>;

/** How many user properties and subscription identifiers one packet may carry. */
export interface PropertyLimits {
  readonly propertiesMax: number;
}

/**
 * properties = length:varint { id:varint value }
 *
 * One that the packet may not carry is malformed; one that may occur once and is repeated, or whose value is out of
 * its range, is a protocol error.
 */
export function readProperties(reader: Reader, allowed: Allowed, limits: PropertyLimits): Properties {
  const properties: Properties = {};
  const length = reader.varint();
  if (length > reader.left)
    reader.fail(reason.malformedPacket, `properties say ${length} bytes, ${reader.left} are left`);
  const end = reader.at + length;
  let repeated = 0;
  while (reader.at < end && !reader.failure) {
    const id = reader.varint();
    const row = byId.get(id);
    if (!row || !allowed.has(row[1])) {
      reader.fail(reason.malformedPacket, `property ${id} does not belong in this packet`);
    } else if (row[2] === 'pairs' || row[2] === 'varints') {
      repeated += 1;
      if (repeated > limits.propertiesMax)
        reader.fail(reason.quotaExceeded, `more than ${limits.propertiesMax} properties`);
      else readRepeatable(reader, properties, row[2]);
    } else if (properties[row[1]] !== undefined) {
      reader.fail(reason.protocolError, `property ${row[1]} occurs twice`);
    } else {
      Object.assign(properties, { [row[1]]: readSingle(reader, row[1], row[2]) });
    }
  }
  if (reader.at > end) reader.fail(reason.malformedPacket, 'a property runs past the end of the properties');
  return properties;
}

function readRepeatable(reader: Reader, into: Properties, form: 'pairs' | 'varints'): void {
  if (form === 'pairs') {
    (into.userProperties ??= []).push([reader.text(), reader.text()]);
    return;
  }
  const id = reader.varint();
  if (id === 0) reader.fail(reason.protocolError, 'a subscription identifier is 0');
  (into.subscriptionIds ??= []).push(id);
}

function readSingle(reader: Reader, name: string, form: Form): number | string | Uint8Array {
  if (form === 'text') return reader.text();
  if (form === 'binary') return reader.binary();
  const value = form === 'u8' || form === 'flag' ? reader.u8() : form.startsWith('u16') ? reader.u16() : reader.u32();
  const wrong = (form === 'flag' && value > 1) || (form.endsWith('+') && value === 0);
  if (wrong) reader.fail(reason.protocolError, `property ${name} is ${value}`);
  return value;
}

/** The properties with their length before them. User properties keep their order [MQTT-3.3.2-18]. */
export function encodeProperties(properties: Properties): Buffer {
  const body = propertyBytes(properties);
  return Buffer.concat([varint(body.length), body]);
}

/** The properties without a length before them. */
export function propertyBytes(properties: Properties): Buffer {
  const parts: Uint8Array[] = [];
  for (const [id, name, form] of table) {
    const value = properties[name];
    if (value === undefined) continue;
    if (form === 'pairs') {
      for (const [key, text] of value as [string, string][]) parts.push(Buffer.of(id), field(key), field(text));
    } else if (form === 'varints') {
      for (const one of value as number[]) parts.push(Buffer.of(id), varint(one));
    } else {
      parts.push(Buffer.of(id), encodeSingle(form, value as number | string | Uint8Array));
    }
  }
  return Buffer.concat(parts);
}

function encodeSingle(form: Form, value: number | string | Uint8Array): Uint8Array {
  if (typeof value !== 'number') return field(value);
  if (form.startsWith('u16')) return u16(value);
  return form.startsWith('u32') ? u32(value) : Buffer.of(value);
}

/** A decoder's answer: the packet, or why it is none. */
export type Parsed<Packet> = { readonly ok: true; readonly value: Packet } | Refusal;
