import type {
  SessionStore,
  StoredDelivery,
  StoredMessage,
  StoredSession,
  StoredState,
  StoredSubscription,
  StoredWill,
} from '../ports.ts';

/** A session as a store holds it. */
export interface KeptSession {
  readonly clientId: string;
  expiry: number;
  endsAt: number | undefined;
  readonly subscriptions: Map<string, StoredSubscription>;
  readonly deliveries: Map<number, KeptDelivery>;
  readonly incoming: Set<number>;
  readonly taken: Set<number>;
}

export type KeptDelivery = { -readonly [Field in keyof StoredDelivery]: StoredDelivery[Field] };

/** A message, and how many deliveries and topics hold it. */
export interface KeptMessage {
  readonly message: StoredMessage;
  holders: number;
  /** For a store on a log: the round of its checkpoint in which the message was last written. */
  round: number;
}

/** What the calls of a session store mean, in memory: the state behind every adapter. Messages are held once. */
export class KeptState implements Omit<SessionStore, 'load' | 'commit'> {
  readonly sessions = new Map<string, KeptSession>();
  readonly wills = new Map<number, StoredWill>();
  readonly topics = new Map<string, StoredMessage>();
  readonly messages = new Map<number, KeptMessage>();
  sequence = 0;
  lastTook = 0;
  drift = 0;

  stored(): StoredState {
    return {
      sessions: Array.from(this.sessions.values(), storedSession),
      wills: [...this.wills.values()],
      retained: [...this.topics.values()],
      sequence: this.sequence,
      took: this.lastTook,
      drift: this.drift,
    };
  }

  opened(clientId: string, expiry: number): void {
    const kept = this.sessions.get(clientId);
    if (!kept) this.sessions.set(clientId, keptSession(clientId, expiry));
    else Object.assign(kept, { expiry, endsAt: undefined });
  }

  left(clientId: string, endsAt: number): void {
    const kept = this.sessions.get(clientId);
    if (kept) kept.endsAt = endsAt;
  }

  ended(clientId: string): void {
    for (const { message } of this.sessions.get(clientId)?.deliveries.values() ?? []) this.#release(message);
    this.sessions.delete(clientId);
  }

  subscribed(clientId: string, subscription: StoredSubscription): void {
    this.sessions.get(clientId)?.subscriptions.set(subscription.filter, subscription);
  }

  unsubscribed(clientId: string, filter: string): void {
    this.sessions.get(clientId)?.subscriptions.delete(filter);
  }

  queued(clientId: string, delivery: StoredDelivery): void {
    const kept = this.sessions.get(clientId);
    if (!kept) return;
    this.count(delivery.key);
    this.finished(clientId, delivery.key);
    kept.deliveries.set(delivery.key, { ...delivery, message: this.#hold(delivery.message) });
  }

  sent(clientId: string, key: number, packetId: number): void {
    const delivery = this.sessions.get(clientId)?.deliveries.get(key);
    if (delivery) delivery.packetId = packetId;
  }

  released(clientId: string, key: number): void {
    const delivery = this.sessions.get(clientId)?.deliveries.get(key);
    if (delivery) delivery.released = true;
  }

  finished(clientId: string, key: number): void {
    const deliveries = this.sessions.get(clientId)?.deliveries;
    const delivery = deliveries?.get(key);
    if (!delivery) return;
    deliveries?.delete(key);
    this.#release(delivery.message);
  }

  received(clientId: string, packetId: number): void {
    const kept = this.sessions.get(clientId);
    kept?.taken.delete(packetId);
    kept?.incoming.add(packetId);
  }

  forgotten(clientId: string, packetId: number): void {
    const kept = this.sessions.get(clientId);
    kept?.taken.delete(packetId);
    kept?.incoming.delete(packetId);
  }

  taken(clientId: string, packetId: number): void {
    this.sessions.get(clientId)?.taken.add(packetId);
  }

  took(sequence: number): void {
    this.lastTook = Math.max(this.lastTook, sequence);
    this.count(sequence);
  }

  willed(key: number, will: StoredWill | undefined): void {
    this.count(key);
    if (will) this.wills.set(key, will);
    else this.wills.delete(key);
  }

  retained(topic: string, message: StoredMessage | undefined): void {
    const before = this.topics.get(topic);
    if (message) this.topics.set(topic, this.#hold(message));
    else this.topics.delete(topic);
    if (before) this.#release(before);
  }

  drifted(drift: number): void {
    this.drift = drift;
  }

  /** A number that was used is not given again. */
  count(sequence: number): void {
    if (sequence > this.sequence) this.sequence = sequence;
  }

  /** A message that nobody holds yet. */
  learn(message: StoredMessage): void {
    this.count(message.sequence);
    if (!this.messages.has(message.sequence)) this.messages.set(message.sequence, { message, holders: 0, round: 0 });
  }

  #hold(message: StoredMessage): StoredMessage {
    this.learn(message);
    const kept = this.messages.get(message.sequence)!;
    kept.holders += 1;
    return kept.message;
  }

  #release({ sequence }: StoredMessage): void {
    const kept = this.messages.get(sequence);
    if (!kept) return;
    kept.holders -= 1;
    if (kept.holders === 0) this.messages.delete(sequence);
  }
}

const keptSession = (clientId: string, expiry: number): KeptSession => ({
  clientId,
  expiry,
  endsAt: undefined,
  subscriptions: new Map(),
  deliveries: new Map(),
  incoming: new Set(),
  taken: new Set(),
});

const storedSession = (kept: KeptSession): StoredSession => ({
  clientId: kept.clientId,
  expiry: kept.expiry,
  endsAt: kept.endsAt,
  subscriptions: [...kept.subscriptions.values()],
  deliveries: [...kept.deliveries.values()].sort((one, other) => one.key - other.key),
  incoming: [...kept.incoming],
  taken: [...kept.taken],
});
