import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { PublishProperties } from './message.ts';

/** Who publishes or subscribes. One object for the life of a connection, so it may be a key. */
export interface Publisher {
  /** With the scope that access gave it. */
  readonly clientId: string;
  readonly username: string | undefined;
  readonly address: string;
  /** The bytes came through TLS. */
  readonly secure: boolean;
  /** The client certificate, checked against the listener's authorities. */
  readonly certificate: X509Certificate | undefined;
  /** 4 is MQTT 3.1.1. */
  readonly protocol: 4 | 5;
  /** What the latest access verdict left here for the intake. */
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
  /** The client's number for it until its handshake is over; 0 for QoS 0 and for wills. */
  packetId: number;
  /**
   * For an intake with `takenAfter`: names a QoS 2 publish of a kept session, or a will, for good. Rises over all lives of a
   * session store; 0 for everything else.
   */
  sequence: number;
  properties: PublishProperties | undefined;
  /** The whole payload where it is in the spool: then `bytes[start..end)` are its first bytes only, at most 1 024. */
  spooled: SpooledPayload | undefined;
}

/** A named publish that an intake has. */
export interface TakenPublish {
  readonly clientId: string;
  /** 0 for a will. */
  readonly packetId: number;
  readonly sequence: number;
}

/** Where an accepted PUBLISH goes before it is acknowledged. */
export interface Intake {
  /**
   * It looks at `spooled`, and so can be given payloads that are not in memory. Without this every payload is whole in
   * memory, and nothing is spooled.
   */
  readonly takesSpooled?: boolean;
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
  /**
   * The durable publishes named above `sequence`, in order; asked once, at the start of a broker with a session store.
   * These it took in a life that ended before the store had heard: they are few. An intake that keeps the name with
   * what it took, in one atomic record, and answers this, is given no QoS 2 message and no will twice.
   */
  takenAfter?(sequence: number): Iterable<TakenPublish> | AsyncIterable<TakenPublish>;
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
  | {
      readonly ok: true;
      readonly context?: unknown;
      /**
       * Put before the client identifier wherever the broker names the client. Sessions of different scopes never meet,
       * so that nobody takes over a session by its client identifier. Default: none.
       */
      readonly scope?: string;
      /** Told to a version 5 client that asks for it: what its response topics may begin with. */
      readonly responseInformation?: string;
      /** The last word of an enhanced authentication. */
      readonly authenticationData?: Uint8Array;
    }
  | {
      readonly ok: false;
      /** An MQTT 5 reason code such as 0x86 or 0x87. */
      readonly code: number;
      /** Told to a version 5 client. */
      readonly why?: string;
      /** With 0x9C (use another server) and 0x9D (server moved): where to go, for a version 5 client. */
      readonly serverReference?: string;
    };

/** Where an enhanced authentication stands: it needs another word of the client, or is decided. */
export type ExchangeStep = AccessVerdict | { readonly ok: 'more'; readonly data?: Uint8Array };

/** One enhanced authentication (section 4.12 of MQTT 5): what is said in it is between client and access. */
export interface Exchange {
  /** Called with the data of the CONNECT, then with that of each AUTH; never before the step before has settled. */
  step(data: Uint8Array | undefined): ExchangeStep | Promise<ExchangeStep>;
}

/** Who may connect, publish and subscribe. Without it everybody may. */
export interface Access {
  authenticate(connect: ConnectRequest): AccessVerdict | Promise<AccessVerdict>;
  /**
   * Asked instead of `authenticate` when a CONNECT names an authentication method, and when its client authenticates
   * anew (`again`): the context of that verdict replaces the one before. Undefined: the method is refused with 0x8C; so
   * is every method without this.
   */
  exchange?(connect: ConnectRequest, method: string, again: boolean): Exchange | undefined;
  /**
   * Asked for every filter of a SUBSCRIBE, without its `$share/name/` part, and once for each topic a connection
   * publishes to; call `Broker.reauthorize` after an answer has changed.
   */
  authorize(client: Publisher, action: 'publish' | 'subscribe', topicOrFilter: string): boolean;
  /** The code of a filter that was not authorised in its SUBACK, such as 0x80; 0x87 (not authorized) unless told. */
  refusal?(client: Publisher, filter: string): number;
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

/** A message as it was published, once for all sessions that it waits in and for its topic. */
export interface StoredMessage {
  /** Names it; rises over all lives of a store. */
  readonly sequence: number;
  readonly topic: string;
  /** Empty where it is in the spool. */
  readonly payload: Uint8Array;
  readonly spooled?: SpoolEntry;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: PublishProperties | undefined;
  /** Client id of the publisher; undefined: the server. */
  readonly from: string | undefined;
  /** Store time at which it expires; undefined: never. */
  readonly expiresAt: number | undefined;
}

/** A QoS 1 or 2 message that its client has not finished with. */
export interface StoredDelivery {
  /** Rises over all lives of a store: the order of delivery. */
  readonly key: number;
  readonly message: StoredMessage;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly subscriptionIds: readonly number[];
  /** 0: not sent yet. */
  readonly packetId: number;
  /** The client has confirmed a QoS 2 message with PUBREC; only PUBREL and PUBCOMP remain. */
  readonly released: boolean;
}

export interface StoredSession {
  readonly clientId: string;
  /** Seconds it is kept after its client has left. */
  readonly expiry: number;
  /** Store time at which it ends; undefined: its client was connected. */
  readonly endsAt: number | undefined;
  readonly subscriptions: readonly StoredSubscription[];
  /** In the order of their keys. */
  readonly deliveries: readonly StoredDelivery[];
  /** QoS 2 packet identifiers taken from the client and not yet released by it. */
  readonly incoming: readonly number[];
  /** QoS 2 packet identifiers whose publish the intake has, although the client was not told. */
  readonly taken: readonly number[];
}

/** What is to be published when its client is gone; of any session, kept or not. */
export interface StoredWill {
  /** Names it; rises over all lives of a store. A client may have one that is being published beside one that waits. */
  readonly key: number;
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: PublishProperties | undefined;
  /** Seconds between the loss of its client and the publication. */
  readonly delay: number;
  /** Store time of the publication; undefined: its client was connected. */
  readonly dueAt: number | undefined;
  /** The intake has it, but it was not routed. */
  readonly taken: boolean;
  /** Of its `Publisher`; certificate and context do not outlive the process. */
  readonly username: string | undefined;
  readonly address: string;
  readonly secure: boolean;
  readonly protocol: 4 | 5;
}

/** All that a store keeps. */
export interface StoredState {
  readonly sessions: Iterable<StoredSession>;
  readonly wills: Iterable<StoredWill>;
  readonly retained: Iterable<StoredMessage>;
  /** The highest number that any name or key above had. */
  readonly sequence: number;
  /** As last told by `took`. */
  readonly took: number;
  /** As last told by `drifted`. */
  readonly drift: number;
}

/**
 * Keeps what outlives a connection: sessions, wills, retained messages. It is told each change as it happens, and
 * `commit` before anything that confirms the change leaves. What is told between two turns of the event loop is kept
 * whole or not at all, and never without what was told before it. Changes of a session that is not kept are ignored.
 *
 * Store time is wall time in milliseconds, less how far the wall clock has been set while a broker ran. Every adapter
 * runs `sessions.contract.ts`.
 */
export interface SessionStore {
  /** At the start of a broker. */
  load(): StoredState | Promise<StoredState>;
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
  /** The intake has the publish, but it was neither routed nor acknowledged; until `received` or `forgotten`. */
  taken(clientId: string, packetId: number): void;
  /** Everything named up to here that the intake has is known to the store. */
  took(sequence: number): void;
  /** Keeps a will, or discards it: withdrawn, or published and routed. */
  willed(key: number, will: StoredWill | undefined): void;
  /** Replaces the retained message of a topic, or removes it. */
  retained(topic: string, message: StoredMessage | undefined): void;
  /** How far, in milliseconds, the wall clock has been set forward in all lives together. */
  drifted(drift: number): void;
  /** Settles when all that was told before is durable; undefined when nothing has to be waited for. */
  commit(): Promise<void> | undefined;
}

/** How a payload in a spool is called. */
export interface SpoolEntry {
  readonly name: number;
  /** Bytes. */
  readonly size: number;
}

/** Reads a payload in any order; several may at once. Both reject with the failure of the spool. */
export interface PayloadReader {
  /** Fills `into` from `at` on. */
  read(into: Uint8Array, at: number): Promise<void>;
  close(): Promise<void>;
}

/** A payload that is in a spool, not in memory. It is there until everybody who held it has let it go. */
export interface SpooledPayload {
  readonly size: number;
  open(): Promise<PayloadReader>;
  /** Keeps it beyond the call in which it was given, until as many calls of `release`, or until the process ends. */
  hold(): void;
  release(): void;
}

/** One payload as its spool has it. Every promise rejects with the failure of whatever the spool is made of. */
export interface SpoolFile extends SpoolEntry {
  /** The next bytes; never more than `size` in all, and never before the call before has settled. */
  write(bytes: Uint8Array): Promise<void>;
  /** All is written. Settles when it is durable, if that was asked for. */
  finish(): Promise<void>;
  open(): Promise<PayloadReader>;
  /** Removes it, finished or not, and gives its room back when this settles. */
  remove(): Promise<void>;
}

/** Where payloads lie that are too large for memory. Every adapter runs `spool.contract.ts`. */
export interface Spool {
  /** Bytes of the payloads in it, those still being written with their whole size. */
  readonly sizeBytes: number;
  /** Once, at the start of a broker: gives what is there whole of `kept` (sizes by name), and removes all the rest. */
  load(kept: ReadonlyMap<number, number>): Promise<readonly SpoolFile[]>;
  /** Room for a payload of `size` bytes under a name that no other has; undefined: there is none left. */
  create(size: number, durable: boolean): SpoolFile | undefined;
}

/** What a transport knows about a connection. */
export interface About {
  /** `host:port` of the peer, for people to read. */
  readonly address: string;
  readonly secure: boolean;
  readonly certificate?: X509Certificate | undefined;
}

/** Where a listener brings its connections. */
export interface Gate {
  /**
   * A peer has connected, and handshakes come before its first packet: until it is authenticated it is bounded like all
   * others. Gives what hands it over as the stream that comes out of them.
   */
  enter(socket: Duplex): Gate['accept'];
  /** Serves one byte stream. */
  accept(stream: Duplex, about: About): void;
}

/** Listens at one address and hands over each connection as a byte stream. */
export interface Listener {
  /** Settles with the port in use. Throws MQTT_PORT_TAKEN or MQTT_LISTEN_FAILED. */
  start(gate: Gate): Promise<number>;
  /** Takes no more connections; those handed over live on. */
  stop(): Promise<void>;
}
