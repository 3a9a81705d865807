import { Buffer } from 'node:buffer';
import type { IPublishPacket } from 'mqtt';
import type { BridgeMessage, BridgeProperties } from '../../engines/bridge/line.ts';
import type { UserProperties } from '../../engines/bridge/via.ts';

type MqttProperties = NonNullable<IPublishPacket['properties']>;

/** A message as mqtt.js reads it. */
export function messageOf({ topic, payload, qos, retain, dup, properties = {} }: IPublishPacket): BridgeMessage {
  const { payloadFormatIndicator, messageExpiryInterval, contentType, responseTopic, correlationData } = properties;
  return {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    qos,
    retain,
    duplicate: dup,
    properties: {
      ...(payloadFormatIndicator === undefined ? {} : { payloadIsText: payloadFormatIndicator }),
      ...(messageExpiryInterval === undefined ? {} : { messageExpiry: messageExpiryInterval }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(responseTopic === undefined ? {} : { responseTopic }),
      ...(correlationData === undefined ? {} : { correlationData }),
      userProperties: userPropertiesOf(properties.userProperties),
    },
  };
}

/** What mqtt.js writes. It groups user properties by name: of those with one name the order is kept. */
export function propertiesFor(properties: BridgeProperties): MqttProperties {
  const { payloadIsText, messageExpiry, contentType, responseTopic, correlationData, userProperties } = properties;
  return {
    ...(payloadIsText === undefined ? {} : { payloadFormatIndicator: payloadIsText }),
    ...(messageExpiry === undefined ? {} : { messageExpiryInterval: messageExpiry }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }),
    ...(userProperties.length === 0 ? {} : { userProperties: grouped(userProperties) }),
  };
}

const userPropertiesOf = (given: MqttProperties['userProperties']): UserProperties =>
  Object.entries(given ?? {}).flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const));

const grouped = (properties: UserProperties): Record<string, string[]> => {
  const names = [...new Set(properties.map(([name]) => name))];
  return Object.fromEntries(
    names.map((one) => [one, properties.filter(([name]) => name === one).map(([, value]) => value)]),
  );
};
