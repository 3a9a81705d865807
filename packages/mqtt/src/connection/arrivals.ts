import type { Duplex } from 'node:stream';
import type { Limits } from '../config.ts';
import type { Tally } from '../tally.ts';

/** For so long after it came a connection that has said nothing yet keeps its place. */
const youngMs = 1_000;
/** By so many times may those exceed the bound. */
const youngFactor = 9;

/** Whoever stands for an arrival at the moment: the bare socket during the handshakes of TLS and HTTP, then the connection. */
export interface Guest {
  /** Bytes of it in memory. */
  readonly held: number;
  /** Ends it at once. */
  cut(why: ArrivalEnd): void;
}

/** Why somebody was cut before it was authenticated. */
export type ArrivalEnd = 'pending-full' | 'pending-bytes' | 'connect-timeout' | 'server-stopping';

/** A peer that has connected and is not authenticated yet. */
export interface Arrival {
  /** Clock ticks of its connection, before any handshake. */
  readonly since: number;
  guest: Guest;
}

/** The bare socket of a peer, as a guest. */
export const socketGuest = (socket: Duplex): Guest => ({
  get held() {
    return socket.readableLength;
  },
  cut: () => void socket.destroy(),
});

/**
 * All who have connected and are not authenticated yet, from the first byte of a TLS handshake on: bounded in number, in
 * time, and in the bytes held for them; beyond a bound the oldest goes.
 */
export class Arrivals {
  readonly #limits: Limits;
  readonly #tally: Tally;
  readonly #now: () => number;
  readonly #all = new Set<Arrival>();

  constructor(limits: Limits, tally: Tally, now: () => number) {
    this.#limits = limits;
    this.#tally = tally;
    this.#now = now;
  }

  get count(): number {
    return this.#all.size;
  }

  /** Takes somebody in, and cuts the oldest if there are too many now. */
  add(guest: Guest): Arrival {
    const arrival: Arrival = { since: this.#now(), guest };
    this.#all.add(arrival);
    const over = this.#all.size - this.#limits.pendingMax;
    if (over > 0) this.#makeRoom(arrival, over);
    return arrival;
  }

  /** False: it has left, or was cut. */
  has(arrival: Arrival): boolean {
    return this.#all.has(arrival);
  }

  /** It is authenticated, refused or gone. */
  leave(arrival: Arrival): void {
    this.#all.delete(arrival);
  }

  /** Cuts who takes too long, and who has others hold too much. `now` is in clock ticks. */
  sweep(now: number): void {
    let bytes = 0;
    for (const one of this.#all) {
      if (now - one.since >= this.#limits.connectWithin) this.#cut(one, 'connect-timeout');
      else bytes += one.guest.held;
    }
    for (const one of this.#all) {
      if (bytes <= this.#limits.pendingBytesMax) return;
      const { held } = one.guest;
      if (held <= this.#limits.connectSizeMax) continue;
      bytes -= held;
      this.#cut(one, 'pending-bytes');
    }
  }

  end(): void {
    for (const one of this.#all) this.#cut(one, 'server-stopping');
  }

  #makeRoom(newest: Arrival, over: number): void {
    for (const oldest of this.#all) {
      // The CONNECT of one that has just come lies in its socket: when all clients come back at once, each must be read.
      const young = newest.since - oldest.since < youngMs && over <= this.#limits.pendingMax * youngFactor;
      if (!young) this.#cut(oldest, 'pending-full');
      return;
    }
  }

  #cut(arrival: Arrival, why: ArrivalEnd): void {
    this.#all.delete(arrival);
    this.#tally.turnedAway(why);
    arrival.guest.cut(why);
  }
}
