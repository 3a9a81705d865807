import type { Connection } from '../connection/connection.ts';
import type { Hub } from '../hub.ts';
import type { StoredSubscription } from '../ports.ts';
import type { Filter } from '../router/filter.ts';
import type { Parcel } from '../router/parcel.ts';
import type { SharedGroup } from '../router/shared-group.ts';
import type { Subscriber, Terms } from '../router/subscriptions.ts';
import { Outgoing } from './outgoing.ts';
import { storedWill, type Will } from './will.ts';

interface Held {
  readonly filter: Filter;
  readonly subscription: StoredSubscription;
}

/** What the broker knows of one client beyond its connection (section 4.1). */
export class Session implements Subscriber {
  readonly clientId: string;
  readonly outgoing: Outgoing;
  /** By the filter as the client wrote it. */
  readonly subscriptions = new Map<string, Held>();
  /** QoS 2 packet identifiers not yet released, with the number of the batch that took them. */
  readonly incoming = new Map<number, number>();
  connection: Connection | undefined = undefined;
  /** What to publish when the client is lost. */
  will: Will | undefined = undefined;
  /** Clock ticks at which the will is due and the session over; they count while the client is away. */
  willAt = Number.POSITIVE_INFINITY;
  endsAt = Number.POSITIVE_INFINITY;
  readonly #hub: Hub;
  #expiry = 0;
  /** QoS 2 packet identifiers whose publish the intake has from an earlier life of the broker. */
  readonly #taken = new Set<number>();
  /** The name that the intake was given with the QoS 2 publish now being taken. */
  #named = 0;
  /** The will that the store has of the session. */
  #bequest: Will | undefined = undefined;

  constructor(hub: Hub, clientId: string) {
    this.#hub = hub;
    this.clientId = clientId;
    this.outgoing = new Outgoing(hub, clientId);
  }

  /** Seconds it is kept after its client has left; 0: it ends with the connection. */
  get expiry(): number {
    return this.#expiry;
  }

  /** It is to be kept for that many seconds, within what the broker allows. */
  keepFor(seconds: number): void {
    this.#expiry = Math.min(seconds, Math.floor(this.#hub.limits.sessionExpiryMax / 1_000));
    const kept = this.#expiry > 0;
    if (kept) this.#hub.store?.opened(this.clientId, this.#expiry);
    else if (this.outgoing.kept) this.#hub.store?.ended(this.clientId);
    this.outgoing.kept = kept;
  }

  /** As its store has kept it: nothing is told. */
  restoreExpiry(seconds: number): void {
    this.#expiry = Math.min(seconds, Math.floor(this.#hub.limits.sessionExpiryMax / 1_000));
    this.outgoing.kept = this.#expiry > 0;
  }

  get readiness(): 0 | 1 | 2 {
    return this.outgoing.readiness;
  }

  offer(parcel: Parcel, terms: Terms, retain: boolean, group: SharedGroup | undefined): boolean {
    return this.outgoing.offer(parcel, terms, retain, group);
  }

  subscribe(filter: Filter, subscription: StoredSubscription): void {
    this.subscriptions.set(subscription.filter, { filter, subscription });
    this.#hub.router.subscribe(filter, this, subscription);
    if (this.outgoing.kept) this.#hub.store?.subscribed(this.clientId, subscription);
  }

  /** False if there was none. */
  unsubscribe(text: string): boolean {
    const held = this.subscriptions.get(text);
    if (!held) return false;
    this.subscriptions.delete(text);
    this.outgoing.unfeed(text);
    this.#hub.router.unsubscribe(held.filter, this);
    if (this.outgoing.kept) this.#hub.store?.unsubscribed(this.clientId, text);
    return true;
  }

  /** The store hears of a will before its client hears that it is accepted, and again when it is known when it is due. */
  bequeath(will: Will | undefined, dueAt?: number): void {
    this.#bequest = will;
    if (will) this.#hub.store?.willed(will.key, storedWill(will, dueAt));
  }

  /** Discards the will, also one that only the store has heard of yet. */
  withdrawWill(): void {
    if (this.#bequest) this.#hub.store?.willed(this.#bequest.key, undefined);
    this.#bequest = undefined;
    this.will = undefined;
  }

  /** Gives the will away to be published; from then on the store is told by whoever does that. */
  takeWill(): Will | undefined {
    const { will } = this;
    this.#bequest = undefined;
    this.will = undefined;
    return will;
  }

  /** The intake has it from an earlier life of the broker: a QoS 2 publish that is sent again is then only routed. */
  markTaken(packetId: number): void {
    this.#taken.add(packetId);
  }

  /** Whether the intake has that publish already; asked once for each. */
  wasTaken(packetId: number, duplicate: boolean): boolean {
    // Without the flag the client has begun a new message under the old identifier [MQTT-3.3.1-1].
    return this.#taken.size > 0 && this.#taken.delete(packetId) && duplicate;
  }

  /** The name under which the intake keeps a QoS 2 publish. */
  nameReception(): number {
    this.#named = this.outgoing.kept ? this.#hub.keeper.name() : 0;
    return this.#named;
  }

  remember(packetId: number, batch: number): void {
    this.incoming.set(packetId, batch);
    if (!this.#hub.store || !this.outgoing.kept) return;
    const named = this.#named;
    this.#named = 0;
    this.#hub.keeper.whenSettled(batch, () => {
      if (this.incoming.get(packetId) === batch && this.outgoing.kept)
        this.#hub.store?.received(this.clientId, packetId);
      if (named > 0) this.#hub.store?.took(named);
    });
  }

  /** False if the packet identifier is not known. */
  forget(packetId: number): boolean {
    if (!this.incoming.delete(packetId)) return false;
    if (this.outgoing.kept) this.#hub.store?.forgotten(this.clientId, packetId);
    return true;
  }

  /** The batch was refused: what it took has not been received. */
  forgetIncoming(batch: number): void {
    for (const [packetId, taken] of this.incoming) if (taken === batch) this.forget(packetId);
  }

  /** Removes it from the router and gives up what it has queued. */
  end(): void {
    for (const { filter } of this.subscriptions.values()) this.#hub.router.unsubscribe(filter, this);
    this.subscriptions.clear();
    this.outgoing.end();
    if (this.outgoing.kept) this.#hub.store?.ended(this.clientId);
  }
}
