import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isDeviceId } from '../reading.ts';
import { matchTopic } from '../topic.ts';
import { type PayloadDecoder, payloadDecoders } from './payload.ts';

/** Turns foreign topics into devices: `factory/+/line/+` with device `$1-line-$2`. */
export interface TopicMap {
  /** An MQTT topic filter. */
  readonly filter: string;
  /** The device's id; `$1` stands for what the first `+` matched, and so on. */
  readonly device: string;
  /** Name of a payload decoder: `json` or `senml`. */
  readonly decoder: string;
}

export const defaultTopicMaps: readonly TopicMap[] = [
  { filter: 'sensors/+/data', device: '$1', decoder: 'json' },
  { filter: 'sensors/+/senml', device: '$1', decoder: 'senml' },
];

export interface Mapped {
  readonly device: string;
  readonly decode: PayloadDecoder;
}

/** The device and decoder of a topic by the first map that fits; undefined when none covers it. */
export function mapTopic(maps: readonly TopicMap[], topic: string): Mapped | undefined {
  for (const map of maps) {
    const levels = matchTopic(map.filter, topic);
    if (!levels) continue;
    const device = map.device.replace(/\$(\d)/g, (_, digit: string) => levels[Number(digit) - 1] ?? '');
    const decode = payloadDecoders[map.decoder];
    return decode && isDeviceId(device) ? { device, decode } : undefined;
  }
  return undefined;
}

/** Reads topic maps from configuration and says what is wrong with the first bad one. */
export function checkTopicMaps(raw: unknown): Decoded<readonly TopicMap[]> {
  if (!Array.isArray(raw)) return undecodable('topic maps are a list');
  for (const [index, map] of raw.entries()) {
    const { filter, device, decoder, ...rest } = (map ?? {}) as Record<string, unknown>;
    const at = `map ${index + 1}`;
    if (typeof filter !== 'string' || typeof device !== 'string' || typeof decoder !== 'string')
      return undecodable(`${at} needs filter, device and decoder`);
    if (Object.keys(rest).length > 0) return undecodable(`${at} has unknown settings: ${Object.keys(rest).join(', ')}`);
    if (!(decoder in payloadDecoders))
      return undecodable(`${at}: no decoder "${decoder}"; there are ${Object.keys(payloadDecoders).join(', ')}`);
    const wildcards = filter.split('/').filter((level) => level === '+' || level === '#').length;
    for (const [, digit] of device.matchAll(/\$(\d)/g)) {
      if (Number(digit) < 1 || Number(digit) > wildcards)
        return undecodable(`${at}: $${digit} has no wildcard in ${filter}`);
    }
  }
  return decoded(raw as readonly TopicMap[]);
}
