import type { Limits } from '../config.ts';
import { reason } from '../reason.ts';
import type { Connection } from './connection.ts';

/** For so long after it came a connection that has said nothing yet keeps its place. */
const youngMs = 1_000;
/** By so many times may those exceed the bound. */
const youngFactor = 9;

/** Every connection there is. Those not yet authenticated have their own bound: when it is reached the oldest goes. */
export class Connections {
  readonly #all = new Set<Connection>();
  readonly #pending = new Set<Connection>();
  readonly #limits: Limits;
  readonly #empty: (() => void)[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
    this.#pending.add(connection);
    const over = this.#pending.size - this.#limits.pendingMax;
    if (over <= 0) return;
    for (const oldest of this.#pending) {
      // The CONNECT of one that has just come lies in its socket: when all clients come back at once, each must be read.
      const young = connection.openedAt - oldest.openedAt < youngMs && over <= this.#limits.pendingMax * youngFactor;
      if (!young) oldest.cut('pending-full');
      return;
    }
  }

  /** It is authenticated, or refused. */
  settled(connection: Connection): void {
    this.#pending.delete(connection);
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

  /** Closes who is silent, slow to authenticate, stalled, or was told to go. `now` is in clock ticks. */
  sweep(now: number): void {
    for (const one of this.#all) {
      if (now >= one.closeBy) one.stream.destroy();
      else if (one.phase === 'fresh' || one.phase === 'asking') {
        if (now - one.openedAt >= this.#limits.connectWithin) one.cut('connect-timeout');
      } else if (one.phase === 'open') {
        if (one.silent(now))
          one.close(reason.keepAliveTimeout, 'nothing heard for one and a half times the keep-alive');
        else if (one.out.stalled(now, this.#limits.stalledMax) || one.dawdles(now, this.#limits.stalledMax))
          one.cut('stalled');
      }
    }
  }
}
