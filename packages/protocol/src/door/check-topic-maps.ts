import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isDeviceId, isValueName } from '../reading.ts';
import { isTopicFilter } from '../topic.ts';
import { decoders, isOwnDecoder } from './decoders.ts';
import { placeholder } from './placeholders.ts';
import { presets } from './presets.ts';
import type { TopicMap } from './topic-map.ts';

const known = [...decoders().keys()];

/**
 * Reads topic maps from configuration and says what is wrong with the first bad one. `{ "preset": "tasmota" }` stands for
 * the maps of that preset; a `zone` beside it is theirs.
 */
export function checkTopicMaps(raw: unknown): Decoded<readonly TopicMap[]> {
  if (!Array.isArray(raw)) return undecodable('topic maps are a list');
  const maps: TopicMap[] = [];
  for (const [index, one] of raw.entries()) {
    const found = isPreset(one) ? expand(one) : [one as TopicMap];
    const why = typeof found === 'string' ? found : found.map(mistakeIn).find((mistake) => mistake !== undefined);
    if (why !== undefined) return undecodable(`map ${index + 1}: ${why}`);
    maps.push(...(found as readonly TopicMap[]));
  }
  return decoded(maps);
}

type Preset = Readonly<Record<string, unknown>>;

const isPreset = (one: unknown): one is Preset => typeof one === 'object' && one !== null && 'preset' in one;

function expand({ preset, zone, ...rest }: Preset): readonly TopicMap[] | string {
  if (Object.keys(rest).length > 0) return `no such settings beside a preset: ${Object.keys(rest).join(', ')}`;
  const maps = typeof preset === 'string' ? presets.get(preset) : undefined;
  if (!maps) return `no preset ${JSON.stringify(preset)}; there are ${[...presets.keys()].join(', ')}`;
  return zone === undefined ? maps : maps.map((map) => ({ ...map, zone: zone as string }));
}

function mistakeIn(map: unknown): string | undefined {
  const { filter, device, decoder, metric, zone, ...rest } = (map ?? {}) as Record<string, unknown>;
  if (typeof filter !== 'string' || typeof device !== 'string' || typeof decoder !== 'string')
    return 'filter, device and decoder must be given as text';
  if (Object.keys(rest).length > 0) return `no such settings: ${Object.keys(rest).join(', ')}`;
  if (!known.includes(decoder) && !isOwnDecoder(decoder))
    return `no decoder "${decoder}"; there are ${known.join(', ')}, and decoders/<name>.mjs for your own`;
  if (!isTopicFilter(filter)) return `"${filter}" is not an MQTT topic filter`;
  const stray = strayPlaceholder(filter, device) ?? strayPlaceholder(filter, metric);
  if (stray !== undefined) return `${stray} has no wildcard in ${filter}`;
  if (!isDeviceId(device.replace(placeholder, 'x'))) return `"${device}" cannot become a device id`;
  return mistakeInMetric(decoder, metric) ?? mistakeInZone(decoder, zone);
}

function strayPlaceholder(filter: string, text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const wildcards = filter.split('/').filter((level) => level === '+' || level === '#').length;
  for (const [place, digit] of text.matchAll(placeholder)) {
    if (Number(digit) < 1 || Number(digit) > wildcards) return place;
  }
  return undefined;
}

function mistakeInMetric(decoder: string, metric: unknown): string | undefined {
  if (decoder !== 'value') return metric === undefined ? undefined : 'a metric is only for the decoder value';
  if (typeof metric !== 'string') return 'the decoder value needs a metric: the name of the value';
  return isValueName(metric.replace(placeholder, 'x')) ? undefined : `"${metric}" cannot become the name of a value`;
}

function mistakeInZone(decoder: string, zone: unknown): string | undefined {
  if (zone === undefined) return undefined;
  if (decoder !== 'tasmota') return 'a zone is only for the decoder tasmota';
  if (typeof zone === 'string' && /^(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/.test(zone)) return undefined;
  return `${JSON.stringify(zone)} is not a zone such as Z or +01:00`;
}
