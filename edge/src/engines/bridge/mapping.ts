import { matchTopic } from '@selvedge/protocol';
import { overlaps } from './overlap.ts';
import { type BridgeRule, type Direction, goes } from './rule.ts';

/** A subscription at the end where messages of a direction come from. */
export interface Wanted {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
}

/** How topics of one direction are named at its two ends. */
export interface Mapping {
  readonly wanted: readonly Wanted[];
  /** The name at the other end; undefined: it does not cross. */
  map(topic: string): string | undefined;
  /** Where a message must be published at the other end to come back under this name; undefined: nowhere. */
  reverse(topic: string): string | undefined;
}

interface Way {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
  readonly from: string;
  readonly to: string;
}

/** Rules of one direction never overlap (`checkBridges`), so the first that fits is the one that fits. */
export function mapping(rules: readonly BridgeRule[], direction: Direction): Mapping {
  const ways = waysOf(rules, direction);
  const back = waysOf(rules, direction === 'in' ? 'out' : 'in').map(({ filter, from, to, qos }) => ({
    // The other direction's topics by their names at its far end, which is this direction's near end.
    filter: to + filter.slice(from.length),
    qos,
    from: to,
    to: from,
  }));
  return {
    wanted: ways.map(({ filter, qos }) => ({ filter, qos })),
    map: (topic) => through(ways, topic),
    reverse: (topic) => through(back, topic),
  };
}

/** Pairs of rules by which what goes out comes in again, as texts for a person. */
export function echoesOf(rules: readonly BridgeRule[]): readonly string[] {
  return rules.flatMap((out, index) =>
    goes(out, 'out')
      ? rules
          .filter((rule) => goes(rule, 'in') && overlaps(remoteFilter(out), remoteFilter(rule)))
          .map((rule) => `rule ${index + 1} sends what rule ${rules.indexOf(rule) + 1} fetches`)
      : [],
  );
}

export const localFilter = (rule: BridgeRule): string => rule.localPrefix + rule.filter;
export const remoteFilter = (rule: BridgeRule): string => rule.remotePrefix + rule.filter;

const waysOf = (rules: readonly BridgeRule[], direction: Direction): readonly Way[] =>
  rules
    .filter((rule) => goes(rule, direction))
    .map((rule) =>
      direction === 'in'
        ? { filter: remoteFilter(rule), qos: rule.qos, from: rule.remotePrefix, to: rule.localPrefix }
        : { filter: localFilter(rule), qos: rule.qos, from: rule.localPrefix, to: rule.remotePrefix },
    );

function through(ways: readonly Way[], topic: string): string | undefined {
  const way = ways.find(({ filter, from }) => topic.startsWith(from) && matchTopic(filter, topic) !== undefined);
  const mapped = way && way.to + topic.slice(way.from.length);
  return mapped === '' ? undefined : mapped;
}
