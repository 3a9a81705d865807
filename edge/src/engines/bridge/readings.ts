import { type Decoders, decoders, mapTopic, matchTopic, type Reading, type TopicMap, topics } from '@selvedge/protocol';
import type { BridgeMessage } from './line.ts';
import { localFilter } from './mapping.ts';
import { overlaps } from './overlap.ts';
import { type BridgeRule, goes } from './rule.ts';

/** The topics of readings, by whatever door and under whatever topic they came in. */
const readingFilter = topics.reading('+');

/** The rules of a bridge, by where what they cover is found. */
export interface RulesBySource {
  /** The readings that these cover are read from the journal. */
  readonly journaled: readonly BridgeRule[];
  /** All but those that cover nothing beside such readings. */
  readonly messages: readonly BridgeRule[];
  /** Readings that these cover cross as messages, although from the journal was asked for. */
  readonly circling: readonly BridgeRule[];
}

/**
 * A journaled reading does not tell by which bridge it has come, so it would circle. Where an inbound rule of any bridge
 * brings readings under the topics that a rule sends, they cross as messages, which bear their way with them.
 * `isReading`: what is published to this topic is a reading of the device in it.
 */
export function rulesBySource(
  rules: readonly BridgeRule[],
  inbound: readonly BridgeRule[],
  isReading: (topic: string) => boolean,
): RulesBySource {
  const covering = rules.filter(
    (rule) => goes(rule, 'out') && rule.readings === 'journal' && overlaps(localFilter(rule), readingFilter),
  );
  const bringing = inbound
    .filter((rule) => goes(rule, 'in') && overlaps(localFilter(rule), readingFilter))
    .map(localFilter);
  const circles = (rule: BridgeRule): boolean => bringing.some((filter) => overlaps(filter, localFilter(rule)));
  const journaled = covering.filter((rule) => !circles(rule));
  const hasOnlyReadings = (rule: BridgeRule): boolean =>
    journaled.includes(rule) && /^sensors\/[^/#]+\/data$/.test(localFilter(rule)) && isReading(topics.reading('any'));
  return {
    journaled,
    messages: rules.filter((rule) => !hasOnlyReadings(rule)),
    circling: covering.filter(circles),
  };
}

/** Whether a message of this node's broker crosses from the journal instead. */
export const crossesAsReading =
  (journaled: readonly BridgeRule[], isReading: (topic: string) => boolean) =>
  (topic: string): boolean =>
    matchTopic(readingFilter, topic) !== undefined &&
    journaled.some((rule) => matchTopic(localFilter(rule), topic) !== undefined) &&
    isReading(topic);

/** Whether what is published to a topic is read by these maps, with decoders of one's own, as a reading of the device in it. */
export function isReadingTopic(maps: readonly TopicMap[], own?: Decoders): (topic: string) => boolean {
  const all = decoders(own);
  return (topic) => {
    const device = matchTopic(readingFilter, topic)?.[0];
    return device !== undefined && mapTopic(maps, topic, all)?.device === device;
  };
}

/** A reading as devices send it, under the topic of its device: whoever has `$boot` and `$seq` knows it again. */
export function readingMessage({ device, takenAt, boot, seq, values }: Reading): BridgeMessage {
  const name = boot === undefined ? {} : { $boot: boot, $seq: seq };
  return {
    topic: topics.reading(device),
    payload: Buffer.from(JSON.stringify({ ...values, timestamp: takenAt, ...name }), 'utf8'),
    qos: 1,
    retain: false,
    duplicate: false,
    properties: { payloadIsText: true, contentType: 'application/json', userProperties: [] },
  };
}
