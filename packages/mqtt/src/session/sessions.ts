import type { Connection } from '../connection/connection.ts';
import type { Hub } from '../hub.ts';
import { reason } from '../reason.ts';
import { Session } from './session.ts';
import { publishWill } from './will.ts';

/** Every session by client id, connected or kept. */
export class Sessions {
  readonly #hub: Hub;
  readonly #all = new Map<string, Session>();
  /** Those without a connection, which wait for their will or their end. */
  readonly #away = new Set<Session>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  get count(): number {
    return this.#all.size;
  }

  get connected(): number {
    return this.#all.size - this.#away.size;
  }

  get(clientId: string): Session | undefined {
    return this.#all.get(clientId);
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#all.values();
  }

  hasRoom(clientId: string): boolean {
    const known = this.#all.get(clientId);
    const { clientsMax, sessionsMax } = this.#hub.limits;
    return (
      (known?.connection !== undefined || this.connected < clientsMax) && (!!known || this.#all.size < sessionsMax)
    );
  }

  /**
   * Gives the connection its session. A connection that has it already is closed [MQTT-3.1.4-3]; a clean start ends
   * what was kept [MQTT-3.1.2-4].
   */
  attach(
    connection: Connection,
    clientId: string,
    cleanStart: boolean,
    expiry: number,
  ): { session: Session; present: boolean } {
    this.#all.get(clientId)?.connection?.close(reason.sessionTakenOver, 'the client connected again');
    const kept = this.#all.get(clientId);
    if (kept && cleanStart) this.#end(kept);
    const present = kept !== undefined && !cleanStart;
    const session = present ? kept : new Session(this.#hub, clientId);
    this.#all.set(clientId, session);
    this.#away.delete(session);
    session.connection = connection;
    session.withdrawWill(); // [MQTT-3.1.3-9]
    session.keepFor(expiry);
    return { session, present };
  }

  /** The connection is over: its session is kept or ends, its will is published now, later or never. */
  detach(connection: Connection, why: string): void {
    const session = connection.session as Session | undefined;
    if (session?.connection !== connection) return;
    session.connection = undefined;
    session.outgoing.detach();
    this.#away.add(session);
    const now = this.#hub.clock.ticks();
    session.endsAt = now + session.expiry * 1_000;
    // If the session ends before that, its will is published then.
    session.willAt = session.will ? now + session.will.delay * 1_000 : Number.POSITIVE_INFINITY;
    this.#tellWill(session, now);
    this.#hub.tally.disconnected(why);
    this.#hub.events.disconnected.tell(session.clientId, why);
    if (session.expiry > 0) this.#hub.store?.left(session.clientId, this.#hub.keeper.time.at(session.endsAt));
    this.#settle(session, now);
  }

  /** Takes over a session from a store, away since an earlier life of the broker. */
  restore(session: Session): void {
    this.#all.set(session.clientId, session);
    this.#away.add(session);
  }

  /** Publishes wills and ends sessions whose time has come. `now` is in clock ticks. */
  sweep(now: number): void {
    for (const session of this.#away) this.#settle(session, now);
    const drift = this.#hub.keeper.time.look();
    if (drift !== undefined) this.#hub.store?.drifted(drift);
  }

  /** The store has heard of a will before its client did; now it hears when it is due, or that there is none. */
  #tellWill(session: Session, now: number): void {
    const { will, willAt } = session;
    if (!will) session.withdrawWill();
    else if (willAt > now && session.endsAt > now) session.bequeath(will, this.#hub.keeper.time.at(willAt));
  }

  #settle(session: Session, now: number): void {
    if (now >= session.willAt) this.#publishWill(session);
    if (now >= session.endsAt) this.#end(session);
  }

  /** The will is published by then at the latest [MQTT-3.1.2-8]. */
  #end(session: Session): void {
    this.#publishWill(session);
    this.#all.delete(session.clientId);
    this.#away.delete(session);
    session.end();
  }

  #publishWill(session: Session): void {
    const will = session.takeWill();
    session.willAt = Number.POSITIVE_INFINITY;
    if (will) publishWill(this.#hub, will);
  }
}
