import { type Duration, seconds } from '@selvedge/kernel';
import type { Connection } from '../connection/connection.ts';
import type { Hub } from '../hub.ts';

/** Publishes a second from and to one client. */
export interface Rate {
  readonly receivedRate: number;
  readonly deliveredRate: number;
}

interface Sample extends Rate {
  readonly received: number;
  readonly delivered: number;
}

const none: Rate = { receivedRate: 0, deliveredRate: 0 };
/** Time over which a rate is taken: long enough that looking at ten thousand clients costs nothing. */
export const ratePeriod: Duration = seconds(5);

/** Looks at the counters of every connection now and then, so that a list can say who is busy. */
export class Rates {
  readonly #samples = new WeakMap<Connection, Sample>();
  #at = Number.NEGATIVE_INFINITY;

  of(connection: Connection): Rate {
    const { receivedRate, deliveredRate } = this.#samples.get(connection) ?? none;
    return { receivedRate, deliveredRate };
  }

  /** Called at each sweep; acts once in a period. `now` is in clock ticks. */
  sweep(hub: Hub, now: number): void {
    const passed = (now - this.#at) / 1_000;
    if (passed * 1_000 < ratePeriod) return;
    this.#at = now;
    for (const connection of hub.connections) {
      if (connection.phase !== 'open') continue;
      const { received } = connection;
      const { delivered } = connection.out;
      const before = this.#samples.get(connection);
      this.#samples.set(connection, {
        received,
        delivered,
        receivedRate: before ? (received - before.received) / passed : 0,
        deliveredRate: before ? (delivered - before.delivered) / passed : 0,
      });
    }
  }
}
