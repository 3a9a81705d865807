import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Message } from './message.ts';

/** An IP address (never a name) and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export type Transport = 'udp' | 'tcp' | 'tls';

/** The other side of an exchange. */
export interface Peer extends Address {
  readonly transport: Transport;
  /** The bytes came through TLS, or through a `Security` that knows who sent them. */
  readonly secure: boolean;
  /** The client or server certificate, checked by TLS. */
  readonly certificate: X509Certificate | undefined;
  /** Who the `Security` says it is; undefined for a message that it did not protect. */
  readonly identity: string | undefined;
}

/** A socket for datagrams. Every adapter runs `datagrams.contract.ts`. */
export interface Datagrams {
  readonly transport: 'udp';
  /** Binds, and gives the address in use. Throws COAP_PORT_TAKEN or COAP_LISTEN_FAILED. */
  start(receive: (bytes: Buffer, from: Address) => void): Promise<Address>;
  /** Sends, or loses it; never throws and never waits. */
  send(bytes: Uint8Array, to: Address): void;
  /** The address of a name, of the family this socket speaks. Throws COAP_NAME_UNKNOWN. */
  resolve(host: string): Promise<string>;
  stop(): Promise<void>;
}

/** What a stream transport knows about one connection. */
export interface StreamAbout extends Address {
  readonly certificate: X509Certificate | undefined;
}

export interface Connected {
  readonly stream: Duplex;
  readonly about: StreamAbout;
}

/** Connections, taken and made. Every adapter runs `streams.contract.ts`. */
export interface Streams {
  readonly transport: 'tcp' | 'tls';
  /** Listens if it was built to, and gives the address in use, else undefined. Throws COAP_PORT_TAKEN or COAP_LISTEN_FAILED. */
  start(accept: (connected: Connected) => void): Promise<Address | undefined>;
  /** Connects to a name or address. Throws COAP_UNREACHABLE, or the signal's reason. */
  connect(to: Address, signal: AbortSignal): Promise<Connected>;
  /** Takes no more connections; those handed over are their owner's to end. */
  stop(): Promise<void>;
}

export type MaybePromise<Value> = Value | Promise<Value>;

/**
 * A layer between messages and requests, such as OSCORE. It stands below blockwise transfer and above the message layer:
 * it is given what came off the wire, one block at a time, and gives back what leaves.
 */
export interface Security {
  /** Looks at a request off the wire, once: duplicates have been taken out by the message layer. */
  unprotectRequest(request: Message, peer: Peer): MaybePromise<UnprotectedRequest>;
  /**
   * Protects a request that is about to leave. undefined: this layer has nothing to do with that peer, the request
   * leaves as it is. `observed` is what this function gave for the registration that the request renews or ends
   * (same token), else undefined. Throws a fault when it must not leave.
   */
  protectRequest(
    request: Message,
    peer: Peer,
    observed: ProtectedRequest | undefined,
  ): MaybePromise<ProtectedRequest | undefined>;
}

export type UnprotectedRequest =
  /** It is not protected; the access rules of the resource decide. */
  | { readonly kind: 'plain' }
  /** `message` keeps the token of the request. */
  | {
      readonly kind: 'request';
      readonly message: Message;
      /** Stable and unique for the one who holds the key, whatever its address. */
      readonly identity: string;
      /**
       * Protects a response; called once for the answer, and once for each notification if the request registered an
       * observation. `notification` is true from the second on. The response has the token and, where observed, the
       * Observe option of the plain message.
       */
      protect(response: Message, about: { readonly notification: boolean }): MaybePromise<Message>;
    }
  /** Answered with `response` as it is, protected already or not to be. */
  | { readonly kind: 'refused'; readonly response: Message }
  /** Dropped in silence (a CON is acknowledged empty). */
  | { readonly kind: 'ignored' };

export interface ProtectedRequest {
  readonly message: Message;
  /** Called for every response with the token of the request. A response it refuses is dropped and counted. */
  unprotect(response: Message): MaybePromise<UnprotectedResponse>;
}

export type UnprotectedResponse =
  | { readonly ok: true; readonly message: Message; readonly identity: string }
  | { readonly ok: false; readonly why: string };
