import type { Journal } from '@selvedge/journal';
import { type Clock, type Log, type Metrics, minutes, type Random, type Service, service } from '@selvedge/kernel';
import { type BridgeState, matchTopic, topics } from '@selvedge/protocol';
import type { Snapshots } from '../../ports.ts';
import { echoes as echoesFor } from './echoes.ts';
import { type Feed, feed } from './feed.ts';
import type { Dial } from './line.ts';
import { echoesOf, localFilter, type Mapping, mapping } from './mapping.ts';
import type { bridgeMetrics } from './metrics.ts';
import { type DropReason, passage } from './passage.ts';
import { crossesAsReading, readingMessage, rulesBySource } from './readings.ts';
import { type BridgeOptions, type BridgeRule, type Direction, goes } from './rule.ts';
import { subscribed } from './subscribed.ts';
import { type Way, way } from './way.ts';

export interface BridgeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Name of this node; those of nodes that share brokers must differ. */
  readonly node: string;
  /** This node's own broker, and the external one. */
  readonly local: Dial;
  readonly remote: Dial;
  readonly snapshots: Snapshots;
  readonly metrics: Metrics<typeof bridgeMetrics>;
  /** The node's journal once it has started, and how its topics are understood; undefined where nothing is journaled. */
  readonly readings?: ReadingsParts | undefined;
}

export interface ReadingsParts {
  readonly journal: () => Journal;
  /** What is published to this topic is a reading of the device in it. */
  readonly isReading: (topic: string) => boolean;
  /** Of all bridges of this node. */
  readonly rules: readonly BridgeRule[];
}

export interface Bridge extends Service {
  /** How each direction is; readings from the journal are one of their own. */
  readonly states: () => readonly BridgeState[];
}

/** At 1 000 messages a second an echo may take 10 s. */
const echoLimits = { sizeMax: 10_000, ageMax: minutes(1) };

/**
 * Exchanges messages with an external broker. Each direction joins a kept session of one broker to one of the other, so
 * what waits is kept where it waits, and acknowledged there when the broker that it goes to has it. What waits of outbound
 * readings is the journal.
 */
export function bridge(options: BridgeOptions, parts: BridgeParts): Bridge {
  const { name, rules } = options;
  const { clock, log, metrics } = parts;
  const found = parts.readings
    ? rulesBySource(rules, parts.readings.rules, parts.readings.isReading)
    : { journaled: [], messages: rules, circling: [] };
  const loops = echoesOf(rules);
  const echoes = loops.length > 0 && options.protocol === '3.1.1' ? echoesFor(echoLimits) : undefined;
  const incoming = mapping(rules, 'in').wanted;
  const comesBack = (topic: string): boolean => incoming.some(({ filter }) => matchTopic(filter, topic) !== undefined);
  const passageOf = (direction: Direction, mapped: Mapping): ReturnType<typeof passage> =>
    passage({ direction, node: parts.node, bridge: name, mapping: mapped, echoes, comesBack }, clock);

  const open = (direction: Direction): Way => {
    const mapped = mapping(found.messages, direction);
    const passes = passageOf(direction, mapped);
    const isJournaled = crossesAsReading(found.journaled, parts.readings?.isReading ?? (() => false));
    return way(
      { ...options, bridge: name, direction },
      {
        ...parts,
        ...counters(name, direction, parts),
        source: direction === 'in' ? parts.remote : parts.local,
        sink: direction === 'in' ? parts.local : parts.remote,
        mapping: mapped,
        decide: (message, limits) =>
          direction === 'out' && isJournaled(message.topic)
            ? { ok: false, reason: 'journaled' }
            : passes(message, limits),
        subscribed: subscribed(parts.snapshots, name, direction),
        onSessionLost: () => metrics.sessionsLost.add(1, name, direction),
      },
    );
  };

  const openFeed = ({ journal }: ReadingsParts): Feed => {
    const mapped = mapping(found.journaled, 'out');
    return feed(
      { ...options, bridge: name },
      {
        ...parts,
        ...counters(name, 'readings', parts),
        sink: parts.remote,
        journal,
        decide: passageOf('out', mapped),
        messageOf: (reading) =>
          mapped.map(topics.reading(reading.device)) === undefined ? undefined : readingMessage(reading),
      },
    );
  };

  const directions = (['out', 'in'] as const).filter((direction) =>
    found.messages.some((rule) => goes(rule, direction)),
  );
  const readings = parts.readings && found.journaled.length > 0 ? openFeed(parts.readings) : undefined;
  const ways: readonly { readonly direction: BridgeState['direction']; readonly way: Way }[] = [
    ...directions.map((direction) => ({ direction, way: open(direction) })),
    ...(readings ? [{ direction: 'readings' as const, way: readings }] : []),
  ];
  const ended = new AbortController();
  let running: readonly Promise<void>[] = [];
  return {
    ...service({
      async start(signal) {
        if (loops.length > 0) log.warn('bridge.echoes', { bridge: name, loops, protocol: options.protocol });
        if (found.circling.length > 0)
          log.warn('bridge.readings_as_messages', { bridge: name, filters: found.circling.map(localFilter) });
        for (const one of ways) if (one.direction !== 'in') await one.way.prepare(signal);
        running = ways.map((one) => one.way.run(ended.signal));
      },
      async stop() {
        ended.abort();
        await Promise.all(running);
      },
    }),
    states() {
      for (const { direction, way } of ways) {
        metrics.connected.set(way.connected ? 1 : 0, name, direction);
        metrics.inFlight.set(way.inFlight, name, direction);
      }
      if (readings) metrics.behind.set(readings.behind, name);
      if (echoes) metrics.echoesForgotten.set(echoes.forgotten, name);
      return ways.map(({ direction, way }) => ({
        bridge: name,
        direction,
        connected: way.connected,
        inFlight: way.inFlight,
        ...(direction === 'readings' && { behind: readings!.behind }),
      }));
    },
  };
}

/** Counts and tells what becomes of the messages of one direction. */
function counters(bridge: string, direction: BridgeState['direction'], { metrics, log }: BridgeParts) {
  const told = new Set<DropReason>();
  return {
    onForwarded: () => metrics.forwarded.add(1, bridge, direction),
    onLost: () => metrics.lost.add(1, bridge, direction),
    onDropped(reason: DropReason, topic: string, code?: number) {
      if (reason === 'journaled') return;
      metrics.dropped.add(1, bridge, direction, reason);
      // Echoes are dropped as they come; of the others the first of each reason is told, all are counted.
      if (reason === 'looped' || told.has(reason)) return;
      told.add(reason);
      const facts = { bridge, direction, reason, topic };
      log.warn('bridge.dropped', code === undefined ? facts : { ...facts, code });
    },
  };
}
