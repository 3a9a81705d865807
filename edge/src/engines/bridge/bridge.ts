import { type Clock, type Log, type Metrics, minutes, type Random, type Service, service } from '@selvedge/kernel';
import { matchTopic } from '@selvedge/protocol';
import type { Snapshots } from '../../ports.ts';
import { echoes as echoesFor } from './echoes.ts';
import type { Dial } from './line.ts';
import { echoesOf, mapping } from './mapping.ts';
import type { bridgeMetrics } from './metrics.ts';
import { type DropReason, passage } from './passage.ts';
import { type BridgeOptions, type Direction, goes } from './rule.ts';
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
}

/** How one direction is. */
export interface WayState {
  readonly bridge: string;
  readonly direction: Direction;
  readonly connected: boolean;
  readonly inFlight: number;
}

export interface Bridge extends Service {
  readonly states: () => readonly WayState[];
}

/** At 1 000 messages a second an echo may take 10 s. */
const echoLimits = { sizeMax: 10_000, ageMax: minutes(1) };

/**
 * Exchanges messages with an external broker. Each direction joins a kept session of one broker to one of the other, so
 * what waits is kept where it waits, and acknowledged there when the broker that it goes to has it.
 */
export function bridge(options: BridgeOptions, parts: BridgeParts): Bridge {
  const { name, rules } = options;
  const { clock, log, metrics } = parts;
  const directions = (['out', 'in'] as const).filter((direction) => rules.some((rule) => goes(rule, direction)));
  const loops = echoesOf(rules);
  const echoes = loops.length > 0 && options.protocol === '3.1.1' ? echoesFor(echoLimits) : undefined;
  const incoming = mapping(rules, 'in').wanted;
  const comesBack = (topic: string): boolean => incoming.some(({ filter }) => matchTopic(filter, topic) !== undefined);

  const open = (direction: Direction): Way => {
    const mapped = mapping(rules, direction);
    const told = new Set<DropReason>();
    const at = { direction, node: parts.node, bridge: name, mapping: mapped, echoes, comesBack };
    return way(
      { ...options, bridge: name, direction },
      {
        ...parts,
        source: direction === 'in' ? parts.remote : parts.local,
        sink: direction === 'in' ? parts.local : parts.remote,
        mapping: mapped,
        decide: passage(at, clock),
        subscribed: subscribed(parts.snapshots, name, direction),
        onForwarded: () => metrics.forwarded.add(1, name, direction),
        onLost: () => metrics.lost.add(1, name, direction),
        onSessionLost: () => metrics.sessionsLost.add(1, name, direction),
        onDropped(reason, topic, code) {
          metrics.dropped.add(1, name, direction, reason);
          // Echoes are dropped as they come; of the others the first of each reason is told, all are counted.
          if (reason === 'looped' || told.has(reason)) return;
          told.add(reason);
          log.warn('bridge.dropped', {
            bridge: name,
            direction,
            reason,
            topic,
            ...(code === undefined ? {} : { code }),
          });
        },
      },
    );
  };

  const ways = directions.map((direction) => ({ direction, way: open(direction) }));
  const ended = new AbortController();
  let running: readonly Promise<void>[] = [];
  return {
    ...service({
      async start(signal) {
        if (loops.length > 0) log.warn('bridge.echoes', { bridge: name, loops, protocol: options.protocol });
        for (const one of ways) if (one.direction === 'out') await one.way.prepare(signal);
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
      if (echoes) metrics.echoesForgotten.set(echoes.forgotten, name);
      return ways.map(({ direction, way }) => ({
        bridge: name,
        direction,
        connected: way.connected,
        inFlight: way.inFlight,
      }));
    },
  };
}
