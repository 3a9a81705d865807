import type { Limits } from '../config.ts';
import { reason } from '../reason.ts';
import type { Connection } from './connection.ts';

/** Every connection there is; until they are authenticated, `Arrivals` bounds them. */
export class Connections {
  readonly #all = new Set<Connection>();
  readonly #limits: Limits;
  readonly #empty: (() => void)[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
  }

  remove(connection: Connection): void {
    this.#all.delete(connection);
    if (this.#all.size === 0) for (const resolve of this.#empty.splice(0)) resolve();
  }

  /** Settles when there is none left. */
  gone(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#all.values();
  }

  /** Closes who is silent, stalled, or was told to go. `now` is in clock ticks. */
  sweep(now: number): void {
    for (const one of this.#all) {
      if (now >= one.closeBy) one.stream.destroy();
      else if (one.phase === 'open') {
        // [MQTT-3.1.2-22]
        if (one.in.silent(now, one.silenceMax))
          one.close(reason.keepAliveTimeout, 'nothing heard for one and a half times the keep-alive');
        else if (one.out.stalled(now, this.#limits.stalledMax) || one.in.dawdles(now, this.#limits.stalledMax))
          one.cut('stalled');
      }
    }
  }
}
