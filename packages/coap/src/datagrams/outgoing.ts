import type { Metrics, Random } from '@selvedge/kernel';
import { isRequest } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { Outcome } from '../line.ts';
import type { Message } from '../message.ts';
import type { coapMetrics } from '../metrics.ts';
import type { Deadline, Deadlines } from '../timing/deadlines.ts';
import { con, encodeDatagram, non } from '../wire/datagram.ts';
import type { PeerState } from './peers.ts';

/** A message that this endpoint sends of its own accord. */
export interface Outgoing {
  readonly peer: PeerState;
  readonly message: Message;
  readonly confirmable: boolean;
  readonly outcome: (outcome: Outcome) => void;
  /** undefined while it waits for its turn. */
  id: number | undefined;
  deadline: Deadline | undefined;
  /** It is counted by NSTART. */
  holds: boolean;
  over: boolean;
}

/** Sends messages to peers, again where they are confirmable (RFC 7252 §4.2), and no more at a time than NSTART (§4.7). */
export interface Sender {
  send(peer: PeerState, message: Message, confirmable: boolean, outcome: (outcome: Outcome) => void): Outgoing;
  /** Ends it and lets the next one go; with `outcome` its sender is told. */
  finish(outgoing: Outgoing, outcome?: Outcome): void;
}

export function sender(
  limits: Limits,
  parts: {
    readonly deadlines: Deadlines;
    readonly random: Random;
    readonly metrics: Metrics<typeof coapMetrics>;
    readonly transmit: (peer: PeerState, bytes: Buffer, isAnswer: boolean) => void;
  },
): Sender {
  const { deadlines, random, metrics, transmit } = parts;

  const start = (outgoing: Outgoing): void => {
    const { peer, confirmable, message } = outgoing;
    const id = freeId(peer);
    const bytes = encodeDatagram(confirmable ? con : non, id, message);
    outgoing.id = id;
    outgoing.holds = confirmable || isRequest(message.code);
    if (outgoing.holds) peer.underWay += 1;
    peer.outgoing.set(id, outgoing);
    transmit(peer, bytes, !isRequest(message.code));
    if (confirmable) {
      const first = limits.ackTimeout * (1 + random.next() * (limits.ackRandomFactor - 1));
      outgoing.deadline = deadlines.after(first, () => again(outgoing, bytes, first, 1));
    } else {
      // A reset may come for so long; a request also holds its place no longer.
      outgoing.deadline = deadlines.after(limits.nonLifetime, () => finish(outgoing));
      outgoing.outcome('sent');
    }
  };

  const again = (outgoing: Outgoing, bytes: Buffer, waited: number, attempt: number): void => {
    if (attempt > limits.retransmitMax) {
      metrics.unanswered.add(1);
      finish(outgoing, 'unanswered');
      return;
    }
    metrics.retransmissions.add(1);
    transmit(outgoing.peer, bytes, !isRequest(outgoing.message.code));
    outgoing.deadline = deadlines.after(waited * 2, () => again(outgoing, bytes, waited * 2, attempt + 1));
  };

  const finish = (outgoing: Outgoing, outcome?: Outcome): void => {
    if (outgoing.over) return;
    outgoing.over = true;
    outgoing.deadline?.cancel();
    const { peer, id } = outgoing;
    if (id === undefined) peer.queue.splice(peer.queue.indexOf(outgoing), 1);
    else if (peer.outgoing.get(id) === outgoing) peer.outgoing.delete(id);
    if (outgoing.holds) peer.underWay -= 1;
    if (outcome) outgoing.outcome(outcome);
    while (peer.underWay < limits.nstart && peer.queue.length > 0) start(peer.queue.shift()!);
  };

  return {
    send(peer, message, confirmable, outcome) {
      const outgoing: Outgoing = {
        peer,
        message,
        confirmable,
        outcome,
        id: undefined,
        deadline: undefined,
        holds: false,
        over: false,
      };
      const waits = (confirmable || isRequest(message.code)) && peer.underWay >= limits.nstart;
      if (!waits) start(outgoing);
      else if (peer.queue.length < limits.queuedMax) peer.queue.push(outgoing);
      else {
        outgoing.over = true;
        metrics.refused.add(1, 'queue');
        outcome('refused');
      }
      return outgoing;
    },
    finish,
  };
}

/** An id that no message under way to this peer has. */
function freeId(peer: PeerState): number {
  let id = peer.ids.next();
  while (peer.outgoing.has(id) && peer.outgoing.size < 65_536) id = peer.ids.next();
  return id;
}
