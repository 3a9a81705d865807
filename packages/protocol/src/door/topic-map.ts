import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isDeviceId } from '../reading.ts';
import { isTopicFilter, matchTopic } from '../topic.ts';
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

/** `$1` … `$9` in a map's device. */
const placeholder = /\$(\d)/g;

export interface Mapped {
  readonly device: string;
  readonly decode: PayloadDecoder;
}

/** The device and decoder of a topic by the first map that fits; undefined when none covers it. */
export function mapTopic(maps: readonly TopicMap[], topic: string): Mapped | undefined {
  for (const map of maps) {
    const levels = matchTopic(map.filter, topic);
    if (!levels) continue;
    const device = map.device.replace(placeholder, (_, digit: string) => levels[Number(digit) - 1] ?? '');
    const decode = Object.hasOwn(payloadDecoders, map.decoder) ? payloadDecoders[map.decoder] : undefined;
    return decode && isDeviceId(device) ? { device, decode } : undefined;
  }
  return undefined;
}

/** Reads topic maps from configuration and says what is wrong with the first bad one. */
export function checkTopicMaps(raw: unknown): Decoded<readonly TopicMap[]> {
  if (!Array.isArray(raw)) return undecodable('topic maps are a list');
  for (const [index, map] of raw.entries()) {
    const why = mistakeIn(map);
    if (why !== undefined) return undecodable(`map ${index + 1}: ${why}`);
  }
  return decoded(raw as readonly TopicMap[]);
}

function mistakeIn(map: unknown): string | undefined {
  const { filter, device, decoder, ...rest } = (map ?? {}) as Record<string, unknown>;
  if (typeof filter !== 'string' || typeof device !== 'string' || typeof decoder !== 'string')
    return 'filter, device and decoder must be given as text';
  if (Object.keys(rest).length > 0) return `no such settings: ${Object.keys(rest).join(', ')}`;
  if (!Object.hasOwn(payloadDecoders, decoder))
    return `no decoder "${decoder}"; there are ${Object.keys(payloadDecoders).join(', ')}`;
  if (!isTopicFilter(filter)) return `"${filter}" is not an MQTT topic filter`;
  const wildcards = filter.split('/').filter((level) => level === '+' || level === '#').length;
  for (const [place, digit] of device.matchAll(placeholder)) {
    if (Number(digit) < 1 || Number(digit) > wildcards) return `${place} has no wildcard in ${filter}`;
  }
  if (!isDeviceId(device.replace(placeholder, 'x'))) return `"${device}" cannot become a device id`;
  return undefined;
}
