import { clearDraft, type ReadingDraft } from '../../reading-draft.ts';
import { parseJson } from '../json-text.ts';
import { addMembers, type MemberRules } from '../members.ts';
import type { PayloadDecoder } from '../payload-decoder.ts';
import { type PayloadFailure, unfit } from '../payload-failure.ts';
import { decodeTime } from '../time.ts';
import type { Place, TopicDecoder } from '../topic-decoder.ts';
import { readUtf8 } from '../utf8.ts';
import { addValueText } from '../value-text.ts';
import { presence } from './presence.ts';

/**
 * Shelly, the device's prefix in front (`shellies/<id>` of the first generation, `<id>` of later ones):
 *
 *   online                       true or false
 *   status/<component>           a JSON object: the component's state, such as of `switch:0`
 *   events/rpc                   a JSON object: method NotifyStatus, NotifyFullStatus or NotifyEvent, and params
 *   sensor/…, relay/…, emeter/…  first generation: one value as text, or a JSON object
 *   command, rpc, … /set         orders; announce, info, settings: what the device says of itself. Not values
 *
 * Values are named by component or path: `switch:0.apower`, `sensor.temperature`, `relay.0.power`.
 */
export const shelly: TopicDecoder = (place) => {
  // A filter that begins with `+` hears everybody; only the names that Shellies have by default are theirs.
  if (place.map.filter.startsWith('+/') && !place.topic.startsWith('shelly')) return undefined;
  const path = pathOf(place);
  if (path.length === 0 || path[0] === '') return undefined;
  const decode = decoderOf(path);
  return decode && { levels: place.levels, decode };
};

/** The topic behind the device's prefix: what follows the first `+`, or what `#` stands for. */
function pathOf({ map, topic }: Place): readonly string[] {
  const filter = map.filter.split('/');
  const plus = filter.indexOf('+');
  return topic.split('/').slice(plus >= 0 ? plus + 1 : filter.length - 1);
}

const noValues = new Set(['command', 'set', 'rpc', 'announce', 'info', 'settings']);

function decoderOf(path: readonly string[]): PayloadDecoder | undefined {
  const whole = path.join('/');
  if (whole === 'online') return presence('true', 'false');
  if (whole === 'events/rpc') return decodeNotification;
  if (noValues.has(path[0]!) || noValues.has(path.at(-1)!)) return undefined;
  if (path[0] === 'status' && path.length === 2) return decodeNamed(path[1]!);
  return decodeNamed(path.join('.'));
}

/** One component or path: its JSON object, or its value as text. */
const decodeNamed =
  (name: string): PayloadDecoder =>
  (draft, bytes, start, end, emit) => {
    const failure =
      bytes[start] === openingBrace
        ? addComponent(draft, name, parseJson(bytes, start, end))
        : addValueText(draft, name, readUtf8(bytes, start, end));
    if (!failure) emit();
    return failure;
  };

const openingBrace = 0x7b;

const rules: MemberRules = { time: '', readTime: decodeTime, named: false, switches: true };

function addComponent(
  draft: ReadingDraft,
  name: string,
  parsed: { readonly value: unknown } | PayloadFailure,
): PayloadFailure | undefined {
  return 'reason' in parsed ? parsed : fillComponent(draft, [name, parsed.value, -1]);
}

/** The state of one component, and when it had that; -1 when nobody says. */
type Part = readonly [name: string, state: unknown, time: number];

function fillComponent(draft: ReadingDraft, [name, state, time]: Part): PayloadFailure | undefined {
  clearDraft(draft);
  draft.takenAt = time;
  const shown = name.slice(0, 64);
  if (state === null) return unfit('no-value', `${shown} is null`);
  if (typeof state !== 'object' || Array.isArray(state))
    return unfit('payload-not-shelly', `${shown} is not an object`);
  const failure = addMembers(draft, state, rules, `${name}.`, 1);
  return failure ?? (draft.count === 0 ? unfit('no-value', `${shown} holds no value`) : undefined);
}

/** The parts are readings of their own: all the components of a large device hold more values than one reading may. */
const decodeNotification: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  const { method, params } = (parsed.value ?? {}) as { readonly method?: unknown; readonly params?: unknown };
  const parts = typeof params === 'object' && params !== null ? partsOf(method, params as Params) : undefined;
  if (!parts) return unfit('payload-not-shelly', 'the payload is no notification of a status or event');
  if ('reason' in parts) return parts;
  const told: Part[] = [];
  for (const part of parts) {
    const failure = fillComponent(draft, part);
    if (!failure) told.push(part);
    else if (failure.reason !== 'no-value') return failure;
  }
  if (told.length === 0) return unfit('no-value', 'the notification holds no value');
  for (const part of told) {
    if (parts.length > 1) fillComponent(draft, part);
    emit();
  }
  return undefined;
};

interface Params {
  readonly ts?: unknown;
  readonly events?: unknown;
  readonly [component: string]: unknown;
}

function partsOf(method: unknown, params: Params): readonly Part[] | PayloadFailure | undefined {
  const { ts, ...components } = params;
  if (method === 'NotifyEvent') return eventsOf(params);
  if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return undefined;
  const time = timeOf(ts);
  if (typeof time !== 'number') return time;
  return Object.entries(components).map(([name, state]) => [name, state, time]);
}

function eventsOf({ ts, events }: Params): readonly Part[] | PayloadFailure | undefined {
  if (!Array.isArray(events)) return undefined;
  const parts: Part[] = [];
  for (const event of events as readonly unknown[]) {
    const { component, ts: own, ...rest } = (event ?? {}) as Record<string, unknown>;
    if (typeof component !== 'string') return undefined;
    const time = timeOf(own ?? ts);
    if (typeof time !== 'number') return time;
    parts.push([component, rest, time]);
  }
  return parts;
}

/** Seconds since 1970; a device whose clock is not set yet says null. */
function timeOf(ts: unknown): number | PayloadFailure {
  if (ts === undefined || ts === null) return -1;
  const time = decodeTime(ts);
  return time.ok ? time.value : unfit('time-unreadable', time.why);
}
