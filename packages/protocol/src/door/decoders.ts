import { decodeCompactRecord } from './compact-record.ts';
import { shelly } from './dialects/shelly.ts';
import { tasmota } from './dialects/tasmota.ts';
import { zigbee2mqtt } from './dialects/zigbee2mqtt.ts';
import { payloadDecoders } from './payload.ts';
import { sparkplugB } from './sparkplug/sparkplug-b.ts';
import { anywhere, type TopicDecoder } from './topic-decoder.ts';
import { decodeValue } from './value-text.ts';

/** Decoders by the name that topic maps use. */
export type Decoders = ReadonlyMap<string, TopicDecoder>;

/** All that come with the product, and one's own. Some remember what they heard, so a node makes them once. */
export const decoders = (own: Decoders = new Map()): Decoders =>
  new Map<string, TopicDecoder>([
    ...Object.entries(payloadDecoders).map(([name, decode]) => [name, anywhere(decode)] as const),
    ['value', decodeValue],
    ['compact-record', decodeCompactRecord],
    ['zigbee2mqtt', zigbee2mqtt],
    ['tasmota', tasmota],
    ['shelly', shelly],
    ['sparkplug-b', sparkplugB()],
    ...own,
  ]);

/** Names of decoders of one's own: a file in the folder `decoders` beside the configuration. */
export const isOwnDecoder = (name: string): boolean => /^decoders\/[a-z0-9][a-z0-9-]*\.(?:mjs|js|ts)$/.test(name);
