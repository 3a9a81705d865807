import type { Version } from './wire.ts';

/** A packet from the broker, taken apart. Fields that its kind does not have are absent. */
export interface Packet {
  readonly kind: string;
  readonly id?: number;
  /** The reason or return code; of SUBACK and UNSUBACK the list of them. */
  readonly code?: number;
  readonly codes?: readonly number[];
  readonly present?: boolean;
  readonly topic?: string;
  readonly payload?: string;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
  /** By name; undefined for version 4. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A reader that throws at anything it does not expect: the broker's bytes must be right. */
class Cursor {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(count: number): Buffer {
    if (this.left < count) throw new RangeError(`${count} bytes wanted, ${this.left} left`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8 = (): number => this.take(1)[0]!;
  u16 = (): number => this.take(2).readUInt16BE();
  u32 = (): number => this.take(4).readUInt32BE();
  binary = (): Buffer => this.take(this.u16());
  text = (): string => this.binary().toString('utf8');

  varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      value += (byte % 128) * factor;
      if (byte === 0 && factor > 1) throw new Error('a variable byte integer is longer than it has to be');
      if (byte < 128) return value;
    }
  };
}

const names: Readonly<Record<number, readonly [string, 'u8' | 'u16' | 'u32' | 'varint' | 'text' | 'binary' | 'pair']>> =
  {
    1: ['payloadFormat', 'u8'],
    2: ['messageExpiry', 'u32'],
    3: ['contentType', 'text'],
    8: ['responseTopic', 'text'],
    9: ['correlationData', 'binary'],
    11: ['subscriptionIds', 'varint'],
    17: ['sessionExpiry', 'u32'],
    18: ['assignedClientId', 'text'],
    19: ['serverKeepAlive', 'u16'],
    21: ['authenticationMethod', 'text'],
    22: ['authenticationData', 'binary'],
    26: ['responseInformation', 'text'],
    28: ['serverReference', 'text'],
    31: ['reasonString', 'text'],
    33: ['receiveMaximum', 'u16'],
    34: ['topicAliasMaximum', 'u16'],
    35: ['topicAlias', 'u16'],
    36: ['maximumQos', 'u8'],
    37: ['retainAvailable', 'u8'],
    38: ['userProperties', 'pair'],
    39: ['maximumPacketSize', 'u32'],
    40: ['wildcardSubscriptionAvailable', 'u8'],
    41: ['subscriptionIdsAvailable', 'u8'],
    42: ['sharedSubscriptionAvailable', 'u8'],
  };

function readProperties(cursor: Cursor): Record<string, unknown> {
  const size = cursor.varint();
  const end = cursor.at + size;
  const found: Record<string, unknown> = {};
  while (cursor.at < end) {
    const id = cursor.varint();
    const [name, form] = names[id] ?? [];
    if (!name || !form) throw new Error(`property ${id} is not one of this broker`);
    if (form === 'pair') ((found[name] ??= []) as unknown[]).push([cursor.text(), cursor.text()]);
    else if (form === 'varint') ((found[name] ??= []) as unknown[]).push(cursor.varint());
    else if (name in found) throw new Error(`property ${name} twice`);
    else found[name] = form === 'binary' ? cursor.binary().toString('latin1') : cursor[form]();
  }
  if (cursor.at !== end) throw new Error('a property runs past its end');
  return found;
}

const acknowledgements: Readonly<Record<number, string>> = { 64: 'puback', 80: 'pubrec', 98: 'pubrel', 112: 'pubcomp' };

function presence(flags: number): boolean {
  if (flags > 1) throw new Error(`CONNACK flags ${flags}`);
  return flags === 1;
}

function read(first: number, cursor: Cursor, version: Version): Packet {
  const properties = (): { properties?: Record<string, unknown> } =>
    version === 5 ? { properties: readProperties(cursor) } : {};
  const acknowledgement = acknowledgements[first];
  if (acknowledgement) {
    const [id, code] = [cursor.u16(), cursor.left > 0 ? cursor.u8() : 0];
    return { kind: acknowledgement, id, code, ...(cursor.left > 0 ? properties() : {}) };
  }
  if (first >> 4 === 3) {
    const topic = cursor.text();
    const qos = (first >> 1) & 3;
    const id = qos > 0 ? { id: cursor.u16() } : {};
    const found = properties();
    const payload = cursor.take(cursor.left).toString('latin1');
    return { kind: 'publish', topic, payload, qos, retain: (first & 1) === 1, dup: (first & 8) === 8, ...id, ...found };
  }
  switch (first) {
    case 0x20:
      return { kind: 'connack', present: presence(cursor.u8()), code: cursor.u8(), ...properties() };
    case 0x90:
      return { kind: 'suback', id: cursor.u16(), ...properties(), codes: [...cursor.take(cursor.left)] };
    case 0xb0:
      return { kind: 'unsuback', id: cursor.u16(), ...properties(), codes: [...cursor.take(cursor.left)] };
    case 0xd0:
      return { kind: 'pingresp' };
    case 0xe0:
      return { kind: 'disconnect', code: cursor.left > 0 ? cursor.u8() : 0, ...(cursor.left > 0 ? properties() : {}) };
    case 0xf0:
      return { kind: 'auth', code: cursor.left > 0 ? cursor.u8() : 0, ...(cursor.left > 0 ? properties() : {}) };
    default:
      throw new Error(`a broker does not send a packet that begins with ${first}`);
  }
}

/** The whole packets at the beginning of `bytes`, how many bytes they take, and how many the largest of them. */
export function parse(bytes: Buffer, version: Version): { packets: Packet[]; used: number; largest: number } {
  const packets: Packet[] = [];
  let used = 0;
  let largest = 0;
  for (;;) {
    const cursor = new Cursor(bytes.subarray(used));
    let size: number;
    try {
      cursor.u8();
      size = cursor.varint();
    } catch (cause) {
      if (cause instanceof RangeError) return { packets, used, largest };
      throw cause;
    }
    if (cursor.left < size) return { packets, used, largest };
    const body = new Cursor(cursor.take(size));
    packets.push(read(bytes[used]!, body, version));
    if (body.left > 0) throw new Error(`${body.left} bytes too many`);
    used += cursor.at;
    largest = Math.max(largest, cursor.at);
  }
}
