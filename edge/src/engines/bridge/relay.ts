import type { Fault } from '@selvedge/kernel';
import { bridgeFaults } from './faults.ts';
import type { BridgeMessage, Line, LineEvents } from './line.ts';
import type { DropReason, Passage } from './passage.ts';

export interface RelayOptions {
  readonly decide: (message: BridgeMessage, limits: Line['limits']) => Passage;
  /** Messages on their way at once. */
  readonly inFlightMax: number;
  /** The other broker has it. */
  readonly onForwarded: () => void;
  readonly onDropped: (reason: DropReason, topic: string, code?: number) => void;
  /** Both lines are to end, and begin anew. */
  readonly onFault: (fault: Fault) => void;
}

export interface Relay extends LineEvents {
  /** Messages on their way. */
  readonly inFlight: number;
}

interface Flight {
  readonly topic: string;
  /** As the source sent it, and as the sink was given it. */
  readonly qos: 1 | 2;
  readonly sent: 1 | 2;
}

/** MQTT 5: quota exceeded. Whoever says so wants it later. */
export const quotaExceeded = 0x97;

/**
 * Passes the handshakes of one direction through, packet by packet and under the source's packet identifiers: the sink's
 * PUBACK becomes ours to the source, and so do PUBREC and PUBCOMP, the source's PUBREL ours to the sink. So each broker
 * knows what the other has, nothing is kept here, and after a crash at any point the handshakes go on where they were.
 */
export function relay(
  options: RelayOptions,
  source: Pick<Line, 'acknowledge' | 'receive' | 'complete'>,
  sink: Pick<Line, 'publish' | 'release' | 'limits'>,
): Relay {
  const flying = new Map<number, Flight>();
  /** QoS 2 handshakes with the source that the sink has no part in any more. */
  const ours = new Set<number>();
  /** Sent and answered neither by PUBACK nor by PUBREC. */
  const unanswered = new Set<number>();
  const waiting: (() => void)[] = [];
  const windowMax = Math.min(options.inFlightMax, sink.limits.receiveMax);

  /** The source need not keep it. */
  const settle = (id: number, qos: 0 | 1 | 2): void => {
    if (qos === 1) source.acknowledge(id);
    if (qos !== 2) return;
    ours.add(id);
    source.receive(id);
  };

  const answered = (id: number): void => {
    unanswered.delete(id);
    for (const resume of waiting.splice(0)) resume();
  };

  const land = (id: number): void => {
    flying.delete(id);
    answered(id);
  };

  const refused = (id: number, { topic, qos }: Flight, code: number): void => {
    if (code === quotaExceeded) {
      options.onFault(bridgeFaults('BRIDGE_QUOTA', `${topic} was refused for now`, { topic, code }));
      return;
    }
    land(id);
    options.onDropped('refused', topic, code);
    settle(id, qos);
  };

  /**
   * A source of MQTT 5 sends no more than the sink takes; one of 3.1.1 is not read further meanwhile. What frees the room
   * must come from the sink alone: the source's PUBREL stands in the same stream as its next message.
   */
  const room = (): Promise<void> | undefined =>
    unanswered.size < windowMax ? undefined : new Promise((resolve) => waiting.push(resolve));

  return {
    published(message, id) {
      const found = options.decide(message, sink.limits);
      if (!found.ok) {
        options.onDropped(found.reason, message.topic);
        settle(id, message.qos);
        return undefined;
      }
      const sent = Math.min(message.qos, sink.limits.qosMax) as 0 | 1 | 2;
      sink.publish({ ...found.message, qos: sent }, sent === 0 ? 0 : id);
      if (sent === 0 || message.qos === 0) {
        options.onForwarded();
        settle(id, message.qos);
        return undefined;
      }
      ours.delete(id);
      flying.set(id, { topic: message.topic, qos: message.qos, sent });
      unanswered.add(id);
      return room();
    },
    released(id) {
      if (ours.delete(id)) source.complete(id);
      else sink.release(id);
    },
    acknowledged(id, code) {
      const flight = flying.get(id);
      if (flight?.sent !== 1) return;
      if (code >= 0x80) return refused(id, flight, code);
      land(id);
      options.onForwarded();
      settle(id, flight.qos);
    },
    received(id, code) {
      const flight = flying.get(id);
      if (flight?.sent !== 2) return;
      if (code >= 0x80) return refused(id, flight, code);
      source.receive(id);
      answered(id);
    },
    completed(id) {
      if (flying.has(id)) {
        land(id);
        options.onForwarded();
      }
      source.complete(id);
    },
    get inFlight() {
      return flying.size;
    },
  };
}
