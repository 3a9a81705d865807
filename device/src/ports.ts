import type { Clock, Log, Random } from '@selvedge/kernel';

/** What is sent for the device when it disappears: retained, QoS 1. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface Session {
  /** The same at every start, so that the edge keeps the session and its commands while the device is away. */
  readonly clientId: string;
  readonly will: Will;
  /** Takes a message of a subscription. It is acknowledged once this settles, and comes again if it rejects. */
  onMessage(topic: string, payload: Uint8Array): Promise<void>;
}

/** The way to the edge. MQTT in the field, memory in a simulation. */
export interface Transport {
  /** Settles when the edge has accepted the session; rejects with EDGE_UNREACHABLE or EDGE_REFUSED. */
  connect(session: Session, signal: AbortSignal): Promise<Connection>;
}

export interface Connection {
  /** Aborted once when the connection ends, whoever ended it, with the reason. */
  readonly lost: AbortSignal;
  /** How many publications the edge wants in flight at most. */
  readonly inFlightMax: number;
  /**
   * QoS 1: settles when the edge acknowledged. Rejects with CONNECTION_LOST, with EDGE_REFUSED when a later attempt may
   * succeed, or with READING_REFUSED when none will.
   */
  publish(topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void>;
  /** QoS 2. */
  subscribe(filter: string): Promise<void>;
  /** Ends in order, so that the will is not sent. Never rejects. */
  close(): Promise<void>;
}

/** Readings that must arrive, and those that may give way to newer ones when the outbox is full. */
export const outboxLanes = ['kept', 'expendable'] as const;
export type OutboxLane = (typeof outboxLanes)[number];

export interface StoredReading {
  /** Its place; later readings have larger ones. */
  readonly offset: number;
  readonly lane: OutboxLane;
  /** What is published. */
  readonly payload: Uint8Array;
}

/** The device's durable memory: readings that wait, and notes of what it did. Nothing is durable before `commit`. */
export interface Store {
  /** Gives the notes since the last compaction. */
  open(signal: AbortSignal): Promise<readonly unknown[]>;
  /** Keeps a reading and gives its place. Throws OUTBOX_FULL or what the disk refuses. */
  append(lane: OutboxLane, payload: Uint8Array): number;
  /** Keeps a note, any JSON. */
  note(note: unknown): void;
  /** Keeps a note that stands for all earlier ones, which may be forgotten once it is durable. */
  compact(note: unknown): Promise<void>;
  /** Rejects when the disk refused; then nothing of this commit is kept, and its places are given again. */
  commit(): Promise<void>;
  /** One past the last durable place. */
  readonly head: number;
  /** Durable readings from `from` up to the head at the call, in order; some that were passed may be among them. */
  readings(from: number): AsyncIterable<StoredReading>;
  /** Settles when the head is beyond `offset`. */
  grown(offset: number, signal: AbortSignal): Promise<void>;
  /** Readings of the lane before `offset` are done with. */
  passed(lane: OutboxLane, offset: number): void;
  /** The first place of the lane that is not done with, as far as it is durable. */
  first(lane: OutboxLane): number;
  close(): Promise<void>;
}

/** What the platform lends to a device. */
export interface DeviceWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly transport: Transport;
  readonly store: Store;
}
