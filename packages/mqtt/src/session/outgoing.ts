import type { Hub } from '../hub.ts';
import { reason } from '../reason.ts';
import type { Parcel } from '../router/parcel.ts';
import type { SharedGroup } from '../router/shared-group.ts';
import type { Terms } from '../router/subscriptions.ts';
import { Deliveries } from './deliveries.ts';
import { Delivery } from './delivery.ts';
import type { Line } from './line.ts';

/** A retained message waits as its place in the retained trie, not as a copy, until the client can take it. */
export interface Feed {
  readonly parcels: Iterator<Parcel>;
  readonly terms: Terms;
  readonly noLocal: boolean;
}

/**
 * What one session has to send: a bounded queue, and the window of what is sent and not acknowledged (section 4.9).
 * QoS 1 and 2 keep their order; nothing here waits for the client.
 */
export class Outgoing {
  readonly #hub: Hub;
  readonly #clientId: string;
  readonly #queue = new Deliveries();
  /** By packet identifier, in the order of sending. */
  readonly #inflight = new Map<number, Delivery>();
  /** Sent on an earlier connection and to be sent again, before anything of the queue [MQTT-4.4.0-1]. */
  #again: Delivery[] = [];
  /** By filter: as many as there are subscriptions, at most. */
  readonly #feeds = new Map<string, Feed>();
  #line: Line | undefined = undefined;
  /** Publishes on this connection that count against the window. */
  #window = 0;
  #windowMax = 0;
  #lastPacketId = 0;
  /** Its changes are told to the store. */
  kept: boolean = false;

  constructor(hub: Hub, clientId: string) {
    this.#hub = hub;
    this.#clientId = clientId;
  }

  get queued(): number {
    return this.#queue.count + this.#again.length;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  get inflight(): number {
    return this.#inflight.size;
  }

  get readiness(): 0 | 1 | 2 {
    if (!this.#line) return 0;
    return this.#queue.count === 0 && this.#open() ? 2 : 1;
  }

  /** True if the client gets the message, now or later. */
  offer(parcel: Parcel, terms: Terms, retain: boolean, group: SharedGroup | undefined): boolean {
    const qos = Math.min(parcel.qos, terms.qos);
    if (qos === 0) return this.#offerOnce(parcel, terms, retain);
    const { tally, limits } = this.#hub;
    const bytes = parcel.payload.length;
    const full =
      this.#queue.count >= limits.queuedMax ||
      this.#queue.bytes + bytes > limits.queuedBytesMax ||
      tally.queuedBytes + bytes > limits.queuedTotalMax;
    const direct = this.#queue.count === 0 && this.#again.length === 0 && this.#open();
    if (full && !direct) {
      tally.dropped('queue-full', 1);
      return false;
    }
    const delivery = new Delivery(this.#hub.keeper.next(), parcel, qos as 1 | 2, retain, terms.ids, group);
    parcel.hold();
    if (this.kept) this.#hub.store?.queued(this.#clientId, delivery.stored(this.#hub.keeper.stored(parcel)));
    if (direct) {
      this.#send(delivery);
      return true;
    }
    this.#queue.push(delivery);
    tally.queuedBytes += bytes;
    return true;
  }

  /** The retained messages of a new subscription, sent as the client can take them. */
  feed(filter: string, feed: Feed): void {
    this.#feeds.set(filter, feed);
  }

  /** The subscription is gone: what it has not been sent of the retained messages it will not get. */
  unfeed(filter: string): void {
    this.#feeds.delete(filter);
  }

  /** Of what was not sent yet, the client does not get the messages of these topics. */
  withdraw(which: (topic: string) => boolean): void {
    for (const delivery of this.#queue.remove(({ parcel }) => which(parcel.topic.text))) {
      const { parcel, group } = delivery;
      this.#hub.tally.queuedBytes -= parcel.payload.length;
      if (!group?.offer(parcel)) this.#hub.tally.dropped('not-authorized', 1);
      this.#forget(delivery);
    }
  }

  /** Continues on a new connection: what was sent and not acknowledged goes first, marked as duplicate. */
  attach(line: Line, windowMax: number): void {
    this.#line = line;
    this.#window = 0;
    this.#windowMax = windowMax;
    this.#again = [];
    for (const delivery of this.#inflight.values()) {
      if (!delivery.released) {
        this.#again.push(delivery);
        continue;
      }
      // It still occupies its packet identifier, so it counts: a client that never sends PUBCOMP cannot pile them up.
      this.#window += 1;
      line.sendRelease(delivery.packetId, reason.success);
    }
    this.pump();
  }

  /** Takes over what a store has kept, in the order of its keys. */
  restore(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      delivery.parcel.hold();
      if (delivery.packetId > 0) {
        this.#inflight.set(delivery.packetId, delivery);
      } else {
        this.#queue.push(delivery);
        this.#hub.tally.queuedBytes += delivery.parcel.payload.length;
      }
    }
  }

  detach(): void {
    this.#line = undefined;
    this.#again = [];
  }

  /** Sends as much as the window and the client's reading allow. */
  pump(): void {
    // Asked after every write to a client, and mostly there is nothing.
    if (this.#again.length === 0 && this.#queue.count === 0 && this.#feeds.size === 0) return;
    while (this.#line && this.#open()) {
      const again = this.#again.shift();
      if (again) {
        this.#window += 1;
        this.#transmit(this.#line, again, true);
        continue;
      }
      const next = this.#queue.shift();
      if (next) {
        this.#hub.tally.queuedBytes -= next.parcel.payload.length;
        this.#send(next);
        continue;
      }
      if (!this.#feedOne()) return;
    }
  }

  /** PUBACK. False: the message under way with that identifier has another handshake; so with the next two. */
  acknowledged(packetId: number, code: number): boolean {
    const delivery = this.#inflight.get(packetId);
    if (delivery === undefined) return true;
    if (delivery.qos !== 1) return false;
    this.#finish(delivery, code);
    return true;
  }

  /** PUBREC: the answer is PUBREL, also when nothing is known of the packet identifier. */
  received(packetId: number, code: number): boolean {
    const delivery = this.#inflight.get(packetId);
    if (delivery?.qos === 1) return false;
    if (delivery === undefined) {
      if (code < 0x80) this.#line?.sendRelease(packetId, reason.packetIdentifierNotFound);
    } else if (code >= 0x80) {
      this.#finish(delivery, code);
    } else {
      if (!delivery.released && this.kept) this.#hub.store?.released(this.#clientId, delivery.key);
      delivery.released = true;
      // Sent before the store has it, the client could forget the message, and get it again as a new one after a crash.
      this.#whenKept((line) => line.sendRelease(packetId, reason.success)); // [MQTT-4.3.3-4]
    }
    return true;
  }

  /** PUBCOMP. */
  completed(packetId: number): boolean {
    const delivery = this.#inflight.get(packetId);
    if (delivery === undefined) return true;
    if (!delivery.released) return false;
    this.#finish(delivery, reason.success);
    return true;
  }

  /** The session is over: what nobody else can take is lost. */
  end(): void {
    this.#line = undefined;
    this.#feeds.clear();
    this.#hub.tally.queuedBytes -= this.#queue.bytes;
    // [MQTT-4.8.2-4], [MQTT-4.8.2-5]: a QoS 2 message that has been sent is not sent to another member.
    const left = [...this.#inflight.values()];
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) left.push(next);
    for (const { parcel, group, qos, packetId } of left) {
      if (group && (qos === 1 || packetId === 0)) group.offer(parcel);
      parcel.release();
    }
    this.#inflight.clear();
  }

  #open(): boolean {
    return this.#window < this.#windowMax && this.#line !== undefined && this.#line.roomy;
  }

  #offerOnce(parcel: Parcel, terms: Terms, retain: boolean): boolean {
    const line = this.#line;
    if (!line) return false;
    if (!line.roomy) {
      this.#hub.tally.dropped('slow', 1);
      return false;
    }
    return line.sendPublish(parcel, 0, retain, false, 0, terms.ids);
  }

  #send(delivery: Delivery): void {
    const { expiresAt } = delivery.parcel;
    // To ask for the time costs as much as the rest of this, and nearly no message expires.
    if (expiresAt !== Number.POSITIVE_INFINITY && expiresAt <= this.#hub.clock.ticks()) {
      this.#hub.tally.dropped('expired', 1); // [MQTT-3.3.2-5]
      this.#forget(delivery);
      return;
    }
    delivery.packetId = this.#freePacketId();
    this.#inflight.set(delivery.packetId, delivery);
    if (this.kept) this.#hub.store?.sent(this.#clientId, delivery.key, delivery.packetId);
    this.#window += 1;
    // Sent before the store has its packet identifier, a QoS 2 message would get another one after a crash.
    if (!this.kept) {
      if (!this.#transmit(this.#line!, delivery, false)) this.pump();
      return;
    }
    this.#whenKept((line) => {
      if (this.#inflight.get(delivery.packetId) === delivery && !this.#transmit(line, delivery, false)) this.pump();
    });
  }

  /** False if the client does not take it, and there is room for another. */
  #transmit(line: Line, delivery: Delivery, duplicate: boolean): boolean {
    const { parcel, qos, retain, packetId, ids } = delivery;
    if (line.sendPublish(parcel, qos, retain, duplicate, packetId, ids)) return true;
    // [MQTT-3.1.2-25]: too large for this client, so it counts as delivered and leaves the session.
    this.#inflight.delete(packetId);
    this.#window -= 1;
    this.#forget(delivery);
    return false;
  }

  /** Acts on the line of now, if it is still the line then, once the store has kept what it was told. */
  #whenKept(act: (line: Line) => void): void {
    const line = this.#line;
    if (!line) return;
    if (!this.kept) {
      act(line);
      return;
    }
    this.#hub.keeper.whenKept(
      () => {
        if (this.#line === line) act(line);
      },
      () => {
        if (this.#line === line)
          this.#hub.sessions.get(this.#clientId)?.connection?.close(reason.implementationSpecific);
      },
    );
  }

  /** False when no feed has anything left. */
  #feedOne(): boolean {
    const [first] = this.#feeds;
    if (!first) return false;
    const [filter, feed] = first;
    const next = feed.parcels.next();
    if (next.done) {
      this.#feeds.delete(filter);
      return true;
    }
    const parcel = next.value;
    const own = feed.noLocal && parcel.from === this.#clientId;
    const late = parcel.expiresAt <= this.#hub.clock.ticks();
    if (!own && !late) this.offer(parcel, feed.terms, true, undefined); // MQTT 3.1.1's [MQTT-3.3.1-8]
    return true;
  }

  #finish(delivery: Delivery, code: number): void {
    this.#inflight.delete(delivery.packetId);
    this.#window = Math.max(0, this.#window - 1);
    if (code < 0x80) delivery.parcel.receipt?.complete(this.#clientId);
    this.#forget(delivery);
    this.pump();
  }

  #forget(delivery: Delivery): void {
    if (this.kept) this.#hub.store?.finished(this.#clientId, delivery.key);
    delivery.parcel.release();
  }

  #freePacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
    while (this.#inflight.has(this.#lastPacketId)); // [MQTT-2.2.1-4]
    return this.#lastPacketId;
  }
}
