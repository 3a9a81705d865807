import type { Cursor } from '@selvedge/journal';
import { bridgeFaults } from './faults.ts';
import { quotaExceeded, type RelayOptions } from './relay.ts';

export interface FlightsParts extends Pick<RelayOptions, 'onForwarded' | 'onDropped' | 'onFault'> {
  /** Moves to the first record that is not acknowledged. */
  readonly place: Pick<Cursor, 'offset' | 'advance'>;
  /** Readings on their way at once. */
  readonly sizeMax: () => number;
}

/** Readings that were sent on one connection and are not acknowledged, in the order of the journal. */
export interface Flights {
  readonly size: number;
  /** Settles when one more may leave; rejects with the signal's reason. */
  room(signal: AbortSignal): Promise<void>;
  /** The packet identifier for a reading that leaves. */
  begin(offset: number, topic: string): number;
  /** All records before this offset have left, or need not. */
  passed(offset: number): void;
  /** PUBACK */
  acknowledged(id: number, code: number): void;
}

interface Flight {
  readonly offset: number;
  readonly topic: string;
  landed: boolean;
}

export function flights({ place, sizeMax, onForwarded, onDropped, onFault }: FlightsParts): Flights {
  const byId = new Map<number, Flight>();
  const inOrder: Flight[] = [];
  let end = place.offset;
  let lastId = 0;
  let landed = Promise.withResolvers<void>();

  const settle = (): void => {
    while (inOrder[0]?.landed) inOrder.shift();
    place.advance(inOrder[0]?.offset ?? end);
  };

  /** None that is on its way has it: they are fewer than there are. */
  const freshId = (): number => {
    do lastId = (lastId % 65_535) + 1;
    while (byId.has(lastId));
    return lastId;
  };

  return {
    get size() {
      return byId.size;
    },
    async room(signal) {
      signal.throwIfAborted();
      while (byId.size >= sizeMax()) {
        const ended = Promise.withResolvers<never>();
        const abort = (): void => ended.reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
        await Promise.race([landed.promise, ended.promise]).finally(() => signal.removeEventListener('abort', abort));
      }
    },
    begin(offset, topic) {
      const id = freshId();
      const flight: Flight = { offset, topic, landed: false };
      byId.set(id, flight);
      inOrder.push(flight);
      end = offset + 1;
      return id;
    },
    passed(offset) {
      end = offset;
      settle();
    },
    acknowledged(id, code) {
      const flight = byId.get(id);
      if (!flight) return;
      const { topic } = flight;
      if (code === quotaExceeded)
        return onFault(bridgeFaults('BRIDGE_QUOTA', `${topic} was refused for now`, { topic, code }));
      byId.delete(id);
      flight.landed = true;
      if (code >= 0x80) onDropped('refused', topic, code);
      else onForwarded();
      settle();
      landed.resolve();
      landed = Promise.withResolvers<void>();
    },
  };
}
