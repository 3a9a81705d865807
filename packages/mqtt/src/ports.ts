import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { PublishProperties } from './message.ts';

/** Who publishes or subscribes. One object for the life of a connection, so it may be a key. */
export interface Publisher {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly address: string;
  /** The bytes came through TLS. */
  readonly secure: boolean;
  /** The client certificate, checked against the listener's authorities. */
  readonly certificate: X509Certificate | undefined;
  /** 4 is MQTT 3.1.1. */
  readonly protocol: 4 | 5;
  /** What the access verdict left here for the intake. */
  readonly context: unknown;
}

/**
 * One PUBLISH of a client. The object and `bytes` are used again for the next one: both hold during the call only.
 * The payload is `bytes[start..end)`.
 */
export interface IncomingPublish {
  topic: string;
  bytes: Buffer;
  start: number;
  end: number;
  qos: 0 | 1 | 2;
  retain: boolean;
  /** The client says that it may have sent this before. */
  duplicate: boolean;
  properties: PublishProperties | undefined;
}

/** Where an accepted PUBLISH goes before it is acknowledged. */
export interface Intake {
  /**
   * Called synchronously for each PUBLISH and each will of a client, in order. Gives an MQTT 5 reason code: 0 for
   * accepted, 0x80 and above for refused. To a refused QoS 1 or 2 publish a version 5 client gets that code; a version
   * 4 client is acknowledged as if it were accepted, except for 0x97 (quota exceeded), which closes its connection so
   * that it sends again. What this throws closes the connection with 0x83.
   */
  take(publisher: Publisher, publish: IncomingPublish): number;
  /**
   * Settles when everything taken before this call is durable. Then it is routed and acknowledged. Rejects if it was
   * refused: then nothing of it is acknowledged or routed, and its connections are closed with 0x97, so that clients
   * send again. Called for all connections together, not again before it has settled, and only if something was taken.
   */
  commit(): Promise<void>;
}

/** What a CONNECT says about its sender. */
export interface ConnectRequest {
  /** Never empty: an absent one has been assigned. */
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly protocol: 4 | 5;
  readonly cleanStart: boolean;
  readonly address: string;
  readonly secure: boolean;
  readonly certificate: X509Certificate | undefined;
  readonly userProperties: readonly (readonly [name: string, value: string])[];
}

export type AccessVerdict =
  | { readonly ok: true; readonly context?: unknown }
  /** `code` is an MQTT 5 reason code such as 0x86 or 0x87; `why` is told to a version 5 client. */
  | { readonly ok: false; readonly code: number; readonly why?: string };

/** Who may connect, publish and subscribe. Without it everybody may. */
export interface Access {
  authenticate(connect: ConnectRequest): AccessVerdict | Promise<AccessVerdict>;
  /**
   * Asked for every filter of a SUBSCRIBE, without its `$share/name/` part, and once for each topic a connection
   * publishes to; call `Broker.reauthorize` after an answer has changed.
   */
  authorize(client: Publisher, action: 'publish' | 'subscribe', topicOrFilter: string): boolean;
}

export interface StoredSubscription {
  /** As the client wrote it, with `$share/name/` if it is shared. */
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** 0: none. */
  readonly id: number;
}

/** A QoS 1 or 2 message that its client has not finished with. */
export interface StoredDelivery {
  /** Rises within one session: the order of delivery. */
  readonly key: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly properties: PublishProperties | undefined;
  readonly subscriptionIds: readonly number[];
  /** Wall time in milliseconds; undefined: never. */
  readonly expiresAt: number | undefined;
  /** 0: not sent yet. */
  readonly packetId: number;
  /** The client has confirmed a QoS 2 message with PUBREC; only PUBREL and PUBCOMP remain. */
  readonly released: boolean;
}

export interface StoredSession {
  readonly clientId: string;
  /** Seconds it is kept after its client has left. */
  readonly expiry: number;
  /** Wall time in milliseconds at which it ends; undefined: its client was connected. */
  readonly endsAt: number | undefined;
  readonly subscriptions: readonly StoredSubscription[];
  readonly deliveries: readonly StoredDelivery[];
  /** QoS 2 packet identifiers taken from the client and not yet released by it. */
  readonly incoming: readonly number[];
}

/**
 * Keeps the sessions that outlive their connection. It is told each change as it happens, and `commit` before anything
 * that confirms the change leaves. Every adapter runs `sessions.contract.ts`.
 */
export interface SessionStore {
  /** All sessions kept, at the start of a broker. */
  load(): Iterable<StoredSession> | AsyncIterable<StoredSession>;
  /** A client is connected to its session, new or kept. */
  opened(clientId: string, expiry: number): void;
  /** Its client has left; the session ends at `endsAt` unless it comes back. */
  left(clientId: string, endsAt: number): void;
  ended(clientId: string): void;
  /** Replaces a subscription with the same filter. */
  subscribed(clientId: string, subscription: StoredSubscription): void;
  unsubscribed(clientId: string, filter: string): void;
  queued(clientId: string, delivery: StoredDelivery): void;
  sent(clientId: string, key: number, packetId: number): void;
  released(clientId: string, key: number): void;
  /** Acknowledged, expired or dropped. */
  finished(clientId: string, key: number): void;
  received(clientId: string, packetId: number): void;
  forgotten(clientId: string, packetId: number): void;
  /** Settles when all that was told before is durable; undefined when nothing has to be waited for. */
  commit(): Promise<void> | undefined;
}

/** What a transport knows about a connection. */
export interface About {
  /** `host:port` of the peer, for people to read. */
  readonly address: string;
  readonly secure: boolean;
  readonly certificate?: X509Certificate | undefined;
}

/** Listens at one address and hands over each connection as a byte stream. */
export interface Listener {
  /** Settles with the port in use. Throws MQTT_PORT_TAKEN or MQTT_LISTEN_FAILED. */
  start(accept: (stream: Duplex, about: About) => void): Promise<number>;
  /** Takes no more connections; those handed over live on. */
  stop(): Promise<void>;
}
