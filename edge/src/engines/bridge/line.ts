import type { Wanted } from './mapping.ts';
import type { UserProperties } from './via.ts';

/** A message as it crosses. */
export interface BridgeMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Its sender says that it may have sent this before. */
  readonly duplicate: boolean;
  readonly properties: BridgeProperties;
}

/** What MQTT 5 says beside topic and payload. */
export interface BridgeProperties {
  readonly payloadIsText?: boolean;
  /** Seconds. */
  readonly messageExpiry?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly userProperties: UserProperties;
}

/** One connection to a broker, on which every acknowledgement is our own decision. */
export interface Line {
  /** Aborted with the fault when the connection is over. */
  readonly lost: AbortSignal;
  /** The broker has kept the session. */
  readonly resumed: boolean;
  /** What the broker takes. */
  readonly limits: LineLimits;
  /** Rejects with a fault when the broker refuses one. */
  subscribe(wanted: readonly Wanted[]): Promise<void>;
  unsubscribe(filters: readonly string[]): Promise<void>;
  /** From here on messages come; until then the first waits, and all that stands behind it, also answers to `subscribe`. */
  open(): void;
  publish(message: BridgeMessage, id: number): void;
  /** PUBREL */
  release(id: number): void;
  /** PUBACK */
  acknowledge(id: number): void;
  /** PUBREC */
  receive(id: number): void;
  /** PUBCOMP */
  complete(id: number): void;
  /** Ends the connection in order, the session stays. */
  close(): Promise<void>;
}

export interface LineLimits {
  readonly version: 4 | 5;
  /** QoS 1 and 2 messages unacknowledged. */
  readonly receiveMax: number;
  /** Bytes of a packet. */
  readonly packetSizeMax: number;
  readonly qosMax: 0 | 1 | 2;
  readonly retains: boolean;
}

/** What the broker at the other end of a line says. `id` is 0 for QoS 0. */
export interface LineEvents {
  /** PUBLISH; a promise asks for no more until it settles. */
  published(message: BridgeMessage, id: number): Promise<void> | undefined;
  /** PUBREL */
  released(id: number): void;
  /** PUBACK, with its reason code. */
  acknowledged(id: number, code: number): void;
  /** PUBREC, with its reason code. */
  received(id: number, code: number): void;
  /** PUBCOMP */
  completed(id: number): void;
}

export interface DialOptions {
  /** Distinguishes the sessions of a bridge. */
  readonly session: 'in' | 'out' | 'readings';
  /** The broker is to forget the session that it has. */
  readonly clean: boolean;
  /** Unacknowledged messages that it may send us; MQTT 5 alone. */
  readonly receiveMax: number;
}

/** Opens a line. Rejects with a fault. */
export type Dial = (options: DialOptions, events: LineEvents, signal: AbortSignal) => Promise<Line>;
