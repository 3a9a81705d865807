import type { Clock, Metrics } from '@selvedge/kernel';
import type { Limits } from '../config.ts';
import type { coapMetrics } from '../metrics.ts';
import type { PeerState } from './peers.ts';

/** A message that has come, and what was sent for it. */
export interface Received {
  readonly peer: PeerState;
  readonly id: number;
  /** Bytes as characters: a `Buffer` would take five times as much, and there are tens of thousands of these. */
  readonly token: string;
  readonly confirmable: boolean;
  /** Ticks. */
  readonly expiresAt: number;
  /** What a copy of it is answered with, bytes as characters; undefined: nothing, or nothing yet. */
  reply: string | undefined;
  /** The request it carries is being executed. */
  open: Executing | undefined;
}

export interface Executing {
  /** A copy has come: the peer wants to know whether the first one arrived. */
  acknowledge(): void;
}

/**
 * Recognises messages that come again (RFC 7252 §4.5) by peer, message id and token: the id alone may belong to the next
 * request of a peer that uses its ids up too fast.
 */
export interface Duplicates {
  /** The earlier copy, if this is one. */
  find(peer: PeerState, id: number, token: Buffer): Received | undefined;
  add(peer: PeerState, id: number, token: Buffer, confirmable: boolean): Received;
  reply(received: Received, bytes: Buffer): void;
  forgetPeer(peer: PeerState): void;
  /** Forgets what has expired. */
  sweep(): void;
  readonly count: number;
}

export function duplicates(
  limits: Limits,
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics<typeof coapMetrics> },
): Duplicates {
  // Each of the two has one lifetime, so the first in is the first to expire.
  const confirmables = new Set<Received>();
  const others = new Set<Received>();
  let bytesKept = 0;

  const forget = (received: Received): void => {
    (received.confirmable ? confirmables : others).delete(received);
    bytesKept -= received.reply?.length ?? 0;
    if (received.peer.received.get(received.id) === received) received.peer.received.delete(received.id);
  };

  const oldest = (): Received | undefined => {
    const [one] = confirmables;
    const [other] = others;
    if (!one || !other) return one ?? other;
    return one.expiresAt - limits.exchangeLifetime <= other.expiresAt - limits.nonLifetime ? one : other;
  };

  const sweep = (): void => {
    const now = clock.ticks();
    for (const queue of [confirmables, others]) {
      for (const received of queue) {
        if (received.expiresAt > now) break;
        forget(received);
      }
    }
  };

  const shrink = (): void => {
    while (confirmables.size + others.size > limits.duplicatesMax || bytesKept > limits.duplicatesBytesMax) {
      const one = oldest();
      if (!one) return;
      forget(one);
      metrics.forgotten.add(1, 'duplicates');
    }
  };

  return {
    find(peer, id, token) {
      const received = peer.received.get(id);
      if (!received || received.expiresAt <= clock.ticks() || received.token !== textOf(token)) return undefined;
      return received;
    },
    add(peer, id, token, confirmable) {
      const earlier = peer.received.get(id);
      if (earlier) forget(earlier);
      const lifetime = confirmable ? limits.exchangeLifetime : limits.nonLifetime;
      const expiresAt = clock.ticks() + lifetime;
      const received: Received = {
        peer,
        id,
        token: textOf(token),
        confirmable,
        expiresAt,
        reply: undefined,
        open: undefined,
      };
      peer.received.set(id, received);
      (confirmable ? confirmables : others).add(received);
      shrink();
      return received;
    },
    reply(received, bytes) {
      if (received.peer.received.get(received.id) !== received) return;
      bytesKept += bytes.length - (received.reply?.length ?? 0);
      received.reply = textOf(bytes);
      shrink();
    },
    forgetPeer(peer) {
      for (const received of peer.received.values()) forget(received);
    },
    sweep,
    get count() {
      return confirmables.size + others.size;
    },
  };
}

const textOf = (bytes: Buffer): string => bytes.toString('latin1');

/** The bytes that a copy is answered with. */
export const replyBytes = (reply: string): Buffer => Buffer.from(reply, 'latin1');
