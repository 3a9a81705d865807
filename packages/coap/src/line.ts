import type { Message } from './message.ts';
import type { Peer } from './ports.ts';

/** What became of a message that was sent. */
export type Outcome =
  /** It left, and nobody will say more. */
  | 'sent'
  | 'acknowledged'
  /** The peer rejected it. */
  | 'reset'
  /** All retransmissions were in vain. */
  | 'unanswered'
  /** The queue of this peer is full; it never left. */
  | 'refused'
  /** The connection ended. */
  | 'closed';

/** A message on its way. */
export interface Sent {
  /** Sends it no more, expects nothing for it, and gives its place to the next. */
  release(): void;
}

/** The way to one peer, over whichever transport; requests and responses know no other. */
export interface Line {
  /** Unique among all lines of an endpoint. */
  readonly key: string;
  readonly peer: Peer;
  /** A connection: nothing is lost, doubled or reordered, and messages have no type. */
  readonly reliable: boolean;
  /** Whether the peer takes blocks of more than 1024 bytes (RFC 8323 §6). */
  readonly bert: boolean;
  /** Whether the peer is known to be where its address says. */
  readonly proven: boolean;
  /** Something unpredictable that was sent to that address came back. */
  prove(): void;
  /** Bytes of the largest message that may be sent now. */
  room(): number;
  /** Bytes that a message will have. */
  sizeOf(message: Message): number;
  /** `outcome` is called at most once with a last word; for what is not confirmable on UDP `sent`, then perhaps `reset`. */
  send(message: Message, confirmable: boolean, outcome: (outcome: Outcome) => void): Sent;
}

/** A request that has come, once. One of the two is called, once. */
export interface Incoming {
  readonly line: Line;
  readonly message: Message;
  /** The peer waits for an acknowledgement. */
  readonly confirmable: boolean;
  /** Answers; with undefined no response leaves, but an acknowledgement may. */
  respond(message: Message | undefined): void;
  /** Says that this endpoint cannot process the message. */
  reject(): void;
}

/** What transports hand upwards. */
export interface Upcalls {
  request(incoming: Incoming): void;
  /** False: nobody waits for it, or it cannot be processed. */
  response(line: Line, message: Message): boolean;
  /** The connection has ended. */
  closed(line: Line): void;
}
