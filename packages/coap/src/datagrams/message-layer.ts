import type { Clock, Entropy, Metrics, Random } from '@selvedge/kernel';
import { empty, isRequest } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { Line, Upcalls } from '../line.ts';
import type { Message } from '../message.ts';
import type { coapMetrics } from '../metrics.ts';
import type { Address } from '../ports.ts';
import type { Deadlines } from '../timing/deadlines.ts';
import {
  ack,
  con,
  type Datagram,
  datagramSize,
  decodeDatagram,
  decodeHeader,
  encodeEmpty,
  type MessageType,
  non,
  rst,
} from '../wire/datagram.ts';
import { duplicates, replyBytes } from './duplicates.ts';
import { executor } from './executor.ts';
import { messageIds } from './message-ids.ts';
import { sender } from './outgoing.ts';
import { type PeerState, peerKey, peers } from './peers.ts';

/** The message layer of RFC 7252 §4 over a socket for datagrams. */
export interface MessageLayer {
  /** A datagram has come. Never throws, whatever is in it. */
  receive(bytes: Buffer, from: Address): void;
  line(to: Address): Line;
  /** Gives up all that is under way. */
  stop(): void;
}

export interface MessageLayerWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly deadlines: Deadlines;
  readonly metrics: Metrics<typeof coapMetrics>;
}

/** Milliseconds between two looks for what has expired. */
const sweepEvery = 10_000;

export function messageLayer(
  limits: Limits,
  world: MessageLayerWorld & { readonly transmit: (bytes: Buffer, to: Address) => void },
  upcalls: Upcalls,
): MessageLayer {
  const { deadlines, metrics } = world;
  const received = duplicates(limits, world);
  const table = peers(limits, { metrics, newIds: messageIds(world.entropy), forgotten: received.forgetPeer });

  /** Bytes that may be sent to this peer now. */
  const allowance = (peer: PeerState): number =>
    peer.proven || limits.amplification === 0
      ? Number.POSITIVE_INFINITY
      : limits.unprovenBytes + limits.amplification * peer.bytesIn - peer.bytesOut;

  /** Requests are this endpoint's own wish; answers are what others could turn against somebody. */
  const transmit = (peer: PeerState, bytes: Buffer, isAnswer = true): void => {
    if (isAnswer) {
      if (bytes.length > allowance(peer)) {
        metrics.withheld.add(1);
        return;
      }
      peer.bytesOut += bytes.length;
    }
    world.transmit(bytes, peer.address);
  };

  const outbox = sender(limits, { ...world, transmit });

  const lineTo = (address: Address, key = peerKey(address)): Line => ({
    key,
    peer: { ...address, transport: 'udp', secure: false, certificate: undefined, identity: undefined },
    reliable: false,
    bert: false,
    get proven() {
      return table.at(key)?.proven ?? false;
    },
    prove() {
      const peer = table.at(key);
      if (peer) peer.proven = true;
    },
    room() {
      const peer = table.at(key);
      return Math.min(limits.datagramSizeMax, peer ? allowance(peer) : limits.unprovenBytes);
    },
    sizeOf: datagramSize,
    send(message, confirmable, outcome) {
      const peer = table.open(address);
      if (!peer) {
        outcome('refused');
        return { release: () => undefined };
      }
      const outgoing = outbox.send(peer, message, confirmable, outcome);
      return { release: () => outbox.finish(outgoing) };
    },
  });

  /** One line for all requests of a peer, as long as it is remembered. */
  const lines = new WeakMap<PeerState, Line>();
  const lineOf = (peer: PeerState): Line => {
    const known = lines.get(peer) ?? lineTo(peer.address, peer.key);
    lines.set(peer, known);
    return known;
  };

  const execute = executor(limits, { deadlines, received, transmit, request: upcalls.request });

  const receiveRequest = (peer: PeerState, { type, id, message }: Datagram): void => {
    const earlier = received.find(peer, id, message.token);
    if (!earlier) {
      const entry = received.add(peer, id, message.token, type === con);
      execute(lineOf(peer), entry, message);
      return;
    }
    metrics.duplicates.add(1);
    const { reply } = earlier;
    if (reply) transmit(peer, replyBytes(reply));
    else earlier.open?.acknowledge();
  };

  /** A response in a message of its own. Whoever has sent us none of its tokens gets a reset, from no state at all. */
  const receiveResponse = (from: Address, { type, id, message }: Datagram): void => {
    const peer = table.find(from);
    const earlier = peer && received.find(peer, id, message.token);
    if (peer && earlier) {
      metrics.duplicates.add(1);
      if (earlier.reply) transmit(peer, replyBytes(earlier.reply));
      return;
    }
    const taken = peer !== undefined && upcalls.response(lineTo(from), message);
    const answer = taken ? (type === con ? ack : undefined) : rst;
    if (!taken) metrics.malformed.add(1, 'unexpected-response');
    const bytes = answer === undefined ? undefined : encodeEmpty(answer, id);
    if (peer) {
      const entry = received.add(peer, id, message.token, type === con);
      if (bytes) received.reply(entry, bytes);
    }
    if (bytes) world.transmit(bytes, from);
  };

  /** An ACK or RST. What does not belong to a message under way is ignored in silence (RFC 7252 §4.2). */
  const receiveAnswer = (from: Address, { type, id, message }: Datagram): void => {
    const peer = table.find(from);
    const outgoing = peer?.outgoing.get(id);
    if (!peer || !outgoing) return;
    if (type === rst) {
      peer.proven = true;
      outbox.finish(outgoing, 'reset');
      return;
    }
    if (!outgoing.confirmable) return;
    const carriesResponse = message.code !== empty;
    if (carriesResponse && (!isRequest(outgoing.message.code) || !message.token.equals(outgoing.message.token))) {
      metrics.malformed.add(1, 'unexpected-response');
      return;
    }
    peer.proven = true;
    outbox.finish(outgoing, 'acknowledged');
    if (carriesResponse && !upcalls.response(lineTo(from), message)) metrics.malformed.add(1, 'unexpected-response');
  };

  let sweeping = false;
  const sweepLater = (): void => {
    if (sweeping) return;
    sweeping = true;
    deadlines.after(sweepEvery, () => {
      sweeping = false;
      received.sweep();
      if (received.count > 0) sweepLater();
    });
  };

  return {
    receive(bytes, from) {
      const header = decodeHeader(bytes);
      if (!header) return metrics.malformed.add(1, 'version');
      const datagram = decodeDatagram(bytes);
      const why = datagram.ok ? misplaced(datagram.value) : 'format';
      if (!datagram.ok || why !== undefined) {
        metrics.malformed.add(1, why ?? 'format');
        if (header.type === con) world.transmit(encodeEmpty(rst, header.id), from);
        return;
      }
      const { type, id, message } = datagram.value;
      if (message.code === empty && type === con) return world.transmit(encodeEmpty(rst, id), from);
      if (type === ack || type === rst) {
        count(table.find(from), bytes.length);
        return receiveAnswer(from, datagram.value);
      }
      sweepLater();
      if (!isRequest(message.code)) {
        count(table.find(from), bytes.length);
        return receiveResponse(from, datagram.value);
      }
      const peer = table.open(from);
      if (!peer) return;
      count(peer, bytes.length);
      receiveRequest(peer, datagram.value);
    },
    line: lineTo,
    stop() {
      for (const peer of table.all()) {
        for (const outgoing of [...peer.queue, ...peer.outgoing.values()]) outbox.finish(outgoing, 'closed');
      }
    },
  };
}

/** What a type of message may not carry (RFC 7252 §4.3, table 1). */
function misplaced({ type, message }: { type: MessageType; message: Message }): string | undefined {
  if (type === rst && message.code !== empty) return 'reset-not-empty';
  if (type === non && message.code === empty) return 'empty';
  if (type === ack && isRequest(message.code)) return 'request-in-ack';
  return undefined;
}

function count(peer: PeerState | undefined, bytes: number): void {
  if (peer) peer.bytesIn += bytes;
}
