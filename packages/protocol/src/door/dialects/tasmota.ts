import { type Decoded, decoded } from '@selvedge/kernel';
import { parseJson } from '../json-text.ts';
import { type MemberRules, readObject } from '../members.ts';
import type { PayloadDecoder } from '../payload-decoder.ts';
import { decodeTime } from '../time.ts';
import { type TopicDecoder, tailOf, withName } from '../topic-decoder.ts';
import { presence } from './presence.ts';

/**
 * Tasmota's telemetry, `tele/<topic>/<leaf>` by its default `FullTopic`:
 *
 *   SENSOR  a JSON object: Time, one object for each sensor, TempUnit
 *   STATE   a JSON object: Time, Uptime, POWER …, Wifi
 *   LWT     Online or Offline
 *
 * Other leaves carry no values. A `<topic>` may hold `/`; its levels make the device's id as `joinLevels` says.
 */
export const tasmota: TopicDecoder = (place) => {
  const tail = tailOf(place);
  const decode = decoderOf(tail.at(-1), place.map.zone);
  const isNameless = tail.length === 1 && place.map.filter.endsWith('#');
  if (!decode || isNameless) return undefined;
  return { levels: tail.length > 1 ? withName(place.levels, tail.slice(0, -1)) : place.levels, decode };
};

function decoderOf(leaf: string | undefined, zone: string | undefined): PayloadDecoder | undefined {
  if (leaf === 'LWT') return presence('Online', 'Offline');
  return leaf === 'SENSOR' || leaf === 'STATE' ? telemetry(zone) : undefined;
}

function telemetry(zone: string | undefined): PayloadDecoder {
  const rules: MemberRules = { time: 'Time', readTime: (raw) => readTime(raw, zone), named: false, switches: true };
  return (draft, bytes, start, end, emit) => {
    const parsed = parseJson(bytes, start, end);
    if ('reason' in parsed) return parsed;
    const failure = readObject(draft, withEpoch(parsed.value), rules);
    if (!failure) emit();
    return failure;
  };
}

/** By `Time 2` a device says the time twice; `Epoch` is the one without doubt. */
function withEpoch(raw: unknown): unknown {
  const epoch = (raw as { readonly Epoch?: unknown } | null)?.Epoch;
  return typeof epoch === 'number' ? { ...(raw as object), Time: epoch, Epoch: null } : raw;
}

const localTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?$/;

/** Without `SetOption52` a device says its local time and no zone: then the map's zone holds, or the time of arrival. */
function readTime(raw: unknown, zone: string | undefined): Decoded<number> {
  if (typeof raw !== 'string' || !localTime.test(raw)) return decodeTime(raw);
  return zone === undefined ? decoded(-1) : decodeTime(raw + zone);
}
