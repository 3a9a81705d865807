import type { PayloadDecoder } from './payload-decoder.ts';
import type { TopicMap } from './topic-map.ts';

/**
 * Looks at a topic that a map's filter matched, and says which device speaks there and how its payloads are read.
 * Undefined when the topic carries no values, such as one for commands. Asked once for each topic, so it may take its time.
 */
export type TopicDecoder = (place: Place) => Placed | undefined;

export interface Place {
  readonly topic: string;
  readonly map: TopicMap;
  /** What the filter's wildcards stood for; a trailing `#` takes the rest as one. */
  readonly levels: readonly string[];
}

export interface Placed {
  /** What `$1` and so on stand for in the map's device. */
  readonly levels: readonly string[];
  readonly decode: PayloadDecoder;
}

/** Of payloads that say all by themselves. */
export const anywhere =
  (decode: PayloadDecoder): TopicDecoder =>
  ({ levels }) => ({ levels, decode });

/** The topic from the filter's last wildcard on, all of it when there is none. */
export function tailOf({ topic, map }: Place): readonly string[] {
  const last = map.filter.split('/').findLastIndex((level) => level === '+' || level === '#');
  return topic.split('/').slice(Math.max(0, last));
}

/** The levels with another last one: what the last wildcard stands for once the dialect has had its share. */
export const withName = (levels: readonly string[], name: readonly string[]): readonly string[] => [
  ...levels.slice(0, -1),
  joinLevels(name),
];

/**
 * Several topic levels as one device id. `:` stands between them; in a level `:`, `%`, control characters and a `$` in
 * front are percent-encoded, so two different rows of levels never become one id.
 */
export const joinLevels = (levels: readonly string[]): string => levels.map(escapeLevel).join(':');

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what an id must not hold
const escaped = /^\$|[%:\u0000-\u001f\u007f]/g;

const escapeLevel = (level: string): string =>
  level.replace(escaped, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
