import { type Refusal, reason, refusal } from '../reason.ts';
import { type Allowed, type Properties, type PropertyLimits, readProperties } from './properties.ts';
import { Reader } from './reader.ts';

/*
 * CONNECT (section 3.1)
 *
 *   connect = 0x10 length:varint "MQTT":text version:u8(4|5) flags:u8 keepAlive:u16 [properties if version 5]
 *             clientId:text [will] [username:text] [password:binary]
 *   flags   = username:1 password:1 willRetain:1 willQos:2 will:1 cleanStart:1 reserved:1(=0)
 *   will    = [properties if version 5] topic:text payload:binary
 */

export interface ConnectWill {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Empty for version 4. */
  readonly properties: Properties;
}

export interface Connect {
  readonly version: 4 | 5;
  readonly cleanStart: boolean;
  /** Seconds; 0 means never. */
  readonly keepAlive: number;
  readonly properties: Properties;
  readonly clientId: string;
  readonly will: ConnectWill | undefined;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
}

/** Why a CONNECT is refused; `reply` is the version whose CONNACK can say so, undefined when none may be sent. */
export interface ConnectRefusal extends Refusal {
  readonly reply: 4 | 5 | undefined;
}

const allowed: Allowed = new Set([
  'sessionExpiry',
  'receiveMaximum',
  'maximumPacketSize',
  'topicAliasMaximum',
  'requestResponseInformation',
  'requestProblemInformation',
  'userProperties',
  'authenticationMethod',
  'authenticationData',
]);

const allowedInWill: Allowed = new Set([
  'willDelay',
  'payloadFormat',
  'messageExpiry',
  'contentType',
  'responseTopic',
  'correlationData',
  'userProperties',
]);

const mqtt = Buffer.from('MQTT');
const mqtt31 = Buffer.from('MQIsdp');

export function decodeConnect(
  bytes: Buffer,
  start: number,
  end: number,
  limits: PropertyLimits,
): { readonly ok: true; readonly value: Connect } | ConnectRefusal {
  const reader = new Reader(bytes, start, end);
  const name = reader.binary();
  const version = reader.u8();
  if (reader.failure) return { ...reader.failure, reply: undefined };
  if (name.equals(mqtt31)) return unsupported(version, 4);
  // [MQTT-3.1.2-1]: whoever does not speak MQTT is not answered
  if (!name.equals(mqtt)) return { ...refusal(reason.unsupportedProtocolVersion, 'not MQTT'), reply: undefined };
  // A level of the future is answered as of version 5; the highest bit is what a Mosquitto bridge adds to its own 3 or 4,
  // and it takes an answer of its version for the request to leave that out.
  if (version !== 4 && version !== 5) return unsupported(version, version > 5 && version < 0x80 ? 5 : 4);
  const connect = readBody(reader, version, limits);
  const failure = reader.finish();
  if (!failure) return { ok: true, value: connect };
  return { ...failure, reply: version === 5 || failure.code === reason.clientIdentifierNotValid ? version : undefined };
}

const unsupported = (version: number, reply: 4 | 5): ConnectRefusal => ({
  ...refusal(reason.unsupportedProtocolVersion, `protocol version ${version} is not spoken here`),
  reply,
});

function readBody(reader: Reader, version: 4 | 5, limits: PropertyLimits): Connect {
  const flags = reader.u8();
  const [hasUsername, hasPassword, hasWill] = [(flags & 0x80) !== 0, (flags & 0x40) !== 0, (flags & 0x04) !== 0];
  const wrong = wrongFlags(flags, version);
  if (wrong) reader.fail(reason.malformedPacket, wrong);
  const keepAlive = reader.u16();
  const properties = version === 5 ? readProperties(reader, allowed, limits) : {};
  if (properties.authenticationData && !properties.authenticationMethod) {
    reader.fail(reason.protocolError, 'authentication data without a method');
  }
  const clientId = reader.text();
  const cleanStart = (flags & 0x02) !== 0;
  // MQTT 3.1.1's [MQTT-3.1.3-8]
  if (version === 4 && clientId === '' && !cleanStart) {
    reader.fail(reason.clientIdentifierNotValid, 'an empty client identifier asks for a kept session');
  }
  const will = hasWill ? readWill(reader, flags, version, limits) : undefined;
  const username = hasUsername ? reader.text() : undefined;
  const password = hasPassword ? reader.binary() : undefined;
  return { version, cleanStart, keepAlive, properties, clientId, will, username, password };
}

function wrongFlags(flags: number, version: 4 | 5): string | undefined {
  if ((flags & 0x01) !== 0) return 'the reserved flag is set'; // [MQTT-3.1.2-3]
  if ((flags & 0x18) === 0x18) return 'the will has QoS 3'; // [MQTT-3.1.2-12]
  if ((flags & 0x04) === 0 && (flags & 0x38) !== 0) return 'will flags without a will'; // [MQTT-3.1.2-11], [MQTT-3.1.2-13]
  // MQTT 3.1.1's [MQTT-3.1.2-22]; version 5 allows a password alone
  if (version === 4 && (flags & 0xc0) === 0x40) return 'a password without a user name';
  return undefined;
}

function readWill(reader: Reader, flags: number, version: 4 | 5, limits: PropertyLimits): ConnectWill {
  const properties = version === 5 ? readProperties(reader, allowedInWill, limits) : {};
  const topic = reader.text();
  const payload = reader.binary();
  return { topic, payload, qos: ((flags >> 3) & 3) as 0 | 1 | 2, retain: (flags & 0x20) !== 0, properties };
}
