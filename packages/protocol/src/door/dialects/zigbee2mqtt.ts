import { parseJson } from '../json-text.ts';
import { type MemberRules, readObject } from '../members.ts';
import type { PayloadDecoder } from '../payload-decoder.ts';
import { decodeTime } from '../time.ts';
import { type TopicDecoder, tailOf, withName } from '../topic-decoder.ts';
import { emitPresence } from './presence.ts';

/**
 * Zigbee2MQTT, base topic in front:
 *
 *   <friendly name>               a JSON object: the device's state, `last_seen` when that is switched on
 *   <friendly name>/availability  {"state":"online"}, or the bare word in versions before 2
 *   <friendly name>/set, /get …   orders, not values
 *   bridge/…                      of the bridge itself
 *
 * A friendly name may hold `/`; its levels make the device's id as `joinLevels` says.
 */
export const zigbee2mqtt: TopicDecoder = (place) => {
  const tail = tailOf(place);
  if (tail[0] === 'bridge' || orders.test(tail.join('/'))) return undefined;
  const isPresence = tail.length > 1 && tail.at(-1) === 'availability';
  const name = isPresence ? tail.slice(0, -1) : tail;
  return { levels: withName(place.levels, name), decode: isPresence ? decodeAvailability : decodeState };
};

const orders = /\/(?:set|get)(?:\/[^/]*)?$/;

const rules: MemberRules = { time: 'last_seen', readTime: decodeTime, named: false, switches: true };

const decodeState: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  const failure = readObject(draft, parsed.value, rules);
  if (!failure) emit();
  return failure;
};

const decodeAvailability: PayloadDecoder = (draft, bytes, start, end, emit) => {
  let word: unknown = bytes.toString('latin1', start, Math.min(end, start + 'offline'.length + 1));
  if (typeof word === 'string' && word.startsWith('{')) {
    const parsed = parseJson(bytes, start, end);
    if ('reason' in parsed) return parsed;
    word = (parsed.value as { readonly state?: unknown } | null)?.state;
  }
  return emitPresence(draft, word === 'online' ? true : word === 'offline' ? false : undefined, emit);
};
