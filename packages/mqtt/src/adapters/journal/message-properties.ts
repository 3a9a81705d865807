import type { PublishProperties } from '../../message.ts';
import { type Allowed, propertyBytes, readProperties } from '../../packets/properties.ts';
import { Reader } from '../../packets/reader.ts';
import { varint } from '../../packets/writer.ts';

const expiryMax = 0xffff_ffff;

/** As on the wire, without their length. What the server publishes may say a fraction of a second. */
export function propertiesOf(properties: PublishProperties): Buffer {
  const { messageExpiry, userProperties, ...rest } = properties;
  const pairs = userProperties?.map(([name, value]): [string, string] => [name, value]);
  return propertyBytes({
    ...rest,
    ...(messageExpiry === undefined
      ? {}
      : { messageExpiry: Math.min(expiryMax, Math.max(0, Math.ceil(messageExpiry))) }),
    ...(pairs ? { userProperties: pairs } : {}),
  });
}

const all: Allowed = new Set([
  'payloadFormat',
  'messageExpiry',
  'contentType',
  'responseTopic',
  'correlationData',
  'userProperties',
]);

/** Undefined if the bytes are no properties of a message. */
export function readMessageProperties(bytes: Buffer): PublishProperties | undefined {
  const whole = Buffer.concat([varint(bytes.length), bytes]);
  const reader = new Reader(whole, 0, whole.length);
  const properties = readProperties(reader, all, { propertiesMax: Number.POSITIVE_INFINITY });
  return reader.finish() ? undefined : (properties as PublishProperties);
}
