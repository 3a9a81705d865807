import { isDeviceId } from '../reading.ts';
import { matchTopic } from '../topic.ts';
import { type Decoders, decoders as usualDecoders } from './decoders.ts';
import type { PayloadDecoder } from './payload-decoder.ts';
import { fillPlaceholders } from './placeholders.ts';

/** Turns foreign topics into devices: `factory/+/line/+` with device `$1-line-$2`. */
export interface TopicMap {
  /** An MQTT topic filter. */
  readonly filter: string;
  /** The device's id; `$1` stands for what the first wildcard matched, and so on. */
  readonly device: string;
  /** Name of a decoder, such as `json`. */
  readonly decoder: string;
  /** For the decoder `value`: the value's name, with `$1` and so on as in `device`. */
  readonly metric?: string;
  /** For the decoder `tasmota`: the zone of times that say none, such as `Z` or `+01:00`. */
  readonly zone?: string;
}

export const defaultTopicMaps: readonly TopicMap[] = [
  { filter: 'sensors/+/data', device: '$1', decoder: 'json' },
  { filter: 'sensors/+/senml', device: '$1', decoder: 'senml' },
];

export interface Mapped {
  readonly device: string;
  readonly decode: PayloadDecoder;
}

/**
 * The device and decoder of a topic by the first map that fits; undefined when none covers it. A map does not fit where its
 * decoder finds that the topic carries no values.
 */
export function mapTopic(
  maps: readonly TopicMap[],
  topic: string,
  decoders: Decoders = usualDecoders(),
): Mapped | undefined {
  for (const map of maps) {
    const levels = matchTopic(map.filter, topic);
    const placed = levels && decoders.get(map.decoder)?.({ topic, map, levels });
    if (!placed) continue;
    const device = fillPlaceholders(map.device, placed.levels);
    return isDeviceId(device) ? { device, decode: placed.decode } : undefined;
  }
  return undefined;
}
