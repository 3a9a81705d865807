import { readingLimits, type Value } from '../../reading.ts';
import { clearDraft, type ReadingDraft } from '../../reading-draft.ts';
import { addValue } from '../add-value.ts';
import { presenceName } from '../dialects/presence.ts';
import type { PayloadDecoder } from '../payload-decoder.ts';
import { type PayloadFailure, unfit } from '../payload-failure.ts';
import { joinLevels, type TopicDecoder } from '../topic-decoder.ts';
import { type Births, births } from './births.ts';
import { metricValue } from './metric-value.ts';
import { parsePayloadB, type SparkplugPayload } from './payload-b.ts';

/**
 * Sparkplug B: `spBv1.0/<group>/<type>/<edge node>[/<device>]`. Births tell names, types and aliases, and all values; data
 * messages tell what has changed, mostly by alias. So this decoder has a memory: of what was born since it was made.
 * Commands (NCMD, DCMD) and STATE are not values. `$1` is group, node and device as `joinLevels` makes them one.
 */
export function sparkplugB(known: Births = births()): TopicDecoder {
  return ({ topic }) => {
    const [namespace, group, type, node, device, ...rest] = topic.split('/');
    if (namespace !== 'spBv1.0' || !group || !node || device === '' || rest.length > 0) return undefined;
    const read = (device === undefined ? ofNode : ofDevice).get(type);
    if (!read) return undefined;
    const name = device === undefined ? [group, node] : [group, node, device];
    const speaker: Speaker = { known, node: joinLevels([group, node]), device: device ?? '' };
    return { levels: [joinLevels(name)], decode: decoder(speaker, read) };
  };
}

interface Speaker {
  readonly known: Births;
  readonly node: string;
  /** Empty for the node itself. */
  readonly device: string;
}

interface Told {
  readonly name: string;
  readonly value: Value;
  /** -1: the time of arrival. */
  readonly time: number;
}

/** Learns from a message what there is to learn, and gives the values in it. */
type Read = (speaker: Speaker, payload: SparkplugPayload) => Told[] | PayloadFailure;

/** `bdSeq` numbers the sessions of a node; it is no measurement. */
const sessionName = 'bdSeq';

const sessionOf = ({ metrics }: SparkplugPayload): number => {
  const metric = metrics.find(({ name }) => name === sessionName);
  return metric && metric.high === 0 ? metric.low : -1;
};

const ofNode: ReadonlyMap<string | undefined, Read> = new Map<string, Read>([
  [
    'NBIRTH',
    (speaker, payload) =>
      speaker.known.nodeBorn(speaker.node, payload.seq, sessionOf(payload), payload.metrics) ?? born(speaker, payload),
  ],
  ['NDATA', data],
  // The payload was left with the broker when the session began, so its time says nothing of the end.
  ['NDEATH', ({ known, node }, payload) => known.nodeDied(node, sessionOf(payload)) ?? [presence(false, -1)]],
]);

const ofDevice: ReadonlyMap<string | undefined, Read> = new Map<string, Read>([
  [
    'DBIRTH',
    (speaker, payload) =>
      speaker.known.deviceBorn(speaker.node, speaker.device, payload.seq, payload.metrics) ?? born(speaker, payload),
  ],
  ['DDATA', data],
  [
    'DDEATH',
    ({ known, node, device }, { seq, time }) => {
      known.deviceDied(node, device, seq);
      return [presence(false, time)];
    },
  ],
]);

const presence = (online: boolean, time: number): Told => ({ name: presenceName, value: online, time });

function born(speaker: Speaker, payload: SparkplugPayload): Told[] | PayloadFailure {
  const told = valuesIn(speaker, payload);
  if ('reason' in told || told.some(({ name }) => name === presenceName)) return told;
  return [...told, presence(true, payload.time)];
}

function data(speaker: Speaker, payload: SparkplugPayload): Told[] | PayloadFailure {
  speaker.known.follow(speaker.node, payload.seq);
  return valuesIn(speaker, payload);
}

function valuesIn({ known, node, device }: Speaker, payload: SparkplugPayload): Told[] | PayloadFailure {
  const told: Told[] = [];
  for (const metric of payload.metrics) {
    if (metric.name === sessionName) continue;
    const found = known.find(node, device, metric);
    if (!found) return unfit('alias-unknown', unknownAlias(metric.alias));
    const value = metricValue(metric, metric.type || found.type, found.name);
    if ('reason' in value) return value;
    const time = metric.time < 0 ? payload.time : metric.time;
    if (value.value !== undefined) told.push({ name: found.name, value: value.value, time });
  }
  return told;
}

const unknownAlias = (alias: number): string =>
  alias < 0
    ? 'a metric has neither name nor alias'
    : `alias ${alias}: no birth told its name since this node started, the edge node died or a message was missed`;

const decoder =
  (speaker: Speaker, read: Read): PayloadDecoder =>
  (draft, bytes, start, end, emit) => {
    const payload = parsePayloadB(bytes, start, end);
    if ('reason' in payload) return payload;
    const told = read(speaker, payload);
    if ('reason' in told) return told;
    if (told.length === 0) return unfit('no-value', 'the payload holds no value');
    const readings = readingsOf(told);
    for (const reading of readings) {
      const failure = fill(draft, reading);
      if (failure) return failure;
    }
    for (const reading of readings) {
      if (readings.length > 1) fill(draft, reading);
      emit();
    }
    return undefined;
  };

/** Values of one time are one reading, or several where they are more than one may hold. */
function readingsOf(told: readonly Told[]): readonly (readonly Told[])[] {
  const { valueCount } = readingLimits;
  return [...Map.groupBy(told, ({ time }) => time).values()].flatMap((one) =>
    Array.from({ length: Math.ceil(one.length / valueCount) }, (_, index) =>
      one.slice(index * valueCount, (index + 1) * valueCount),
    ),
  );
}

function fill(draft: ReadingDraft, told: readonly Told[]): PayloadFailure | undefined {
  clearDraft(draft);
  draft.takenAt = told[0]!.time;
  for (const { name, value } of told) {
    const failure = addValue(draft, name, value);
    if (failure) return failure;
  }
  return undefined;
}
