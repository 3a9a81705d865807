import type { Clock } from '@selvedge/kernel';
import type { Echoes } from './echoes.ts';
import type { BridgeMessage, LineLimits } from './line.ts';
import type { Mapping } from './mapping.ts';
import { packetSize } from './packet-size.ts';
import type { Direction } from './rule.ts';
import { hop, hopsMax, hopsOf, marked, nodeOf } from './via.ts';

/**
 * Why a message does not cross. unmapped: no rule covers it, such as one that the other broker kept for a rule that is
 * gone · looped: it has crossed here before · hops: it has crossed too many bridges · too-large: the broker it goes to
 * takes no packet of that size · refused: that broker said no · journaled: it crosses from the journal instead.
 */
export type DropReason = 'unmapped' | 'looped' | 'hops' | 'too-large' | 'refused' | 'journaled';

export type Passage =
  | { readonly ok: true; readonly message: BridgeMessage }
  | { readonly ok: false; readonly reason: DropReason };

export interface PassageOptions {
  readonly direction: Direction;
  readonly node: string;
  readonly bridge: string;
  readonly mapping: Mapping;
  /** Where the other broker speaks MQTT 3.1.1 and what goes out can come in again; shared by both directions. */
  readonly echoes: Echoes | undefined;
  /** Whether a topic of the other broker is one that comes in. */
  readonly comesBack: (remoteTopic: string) => boolean;
}

/** Decides for each message of one direction whether it crosses, and as what. */
export function passage(options: PassageOptions, clock: Clock): (one: BridgeMessage, limits: LineLimits) => Passage {
  const { direction, node, bridge, mapping, echoes, comesBack } = options;
  const own = hop(node, bridge);

  /** Outbound a message may have crossed other bridges of this node, inbound none of them. */
  const isLooped = (hops: readonly string[]): boolean =>
    direction === 'out' ? hops.includes(own) : hops.some((one) => nodeOf(one) === node);

  return (one, limits) => {
    const topic = mapping.map(one.topic);
    if (topic === undefined) return { ok: false, reason: 'unmapped' };
    const hops = hopsOf(one.properties.userProperties);
    if (isLooped(hops)) return { ok: false, reason: 'looped' };
    if (hops.length >= hopsMax) return { ok: false, reason: 'hops' };
    if (direction === 'in' && echoes?.came(one.topic, one.payload, clock.ticks()) === true)
      return { ok: false, reason: 'looped' };
    const message = crossed(one, topic);
    if (packetSize(message, limits.version) > limits.packetSizeMax) return { ok: false, reason: 'too-large' };
    if (direction === 'out' && echoes && comesBack(topic)) echoes.went(topic, one.payload, clock.ticks());
    return { ok: true, message: limits.retains ? message : { ...message, retain: false } };
  };

  function crossed(one: BridgeMessage, topic: string): BridgeMessage {
    const { responseTopic } = one.properties;
    const properties = {
      ...one.properties,
      // An answer is published at the other end: there it must bear the name under which it comes back.
      ...(responseTopic === undefined ? {} : { responseTopic: mapping.reverse(responseTopic) ?? responseTopic }),
      userProperties: marked(one.properties.userProperties, own),
    };
    return { ...one, topic, properties };
  }
}
