import type { Limits } from '../config.ts';
import type { Incoming, Line } from '../line.ts';
import type { Message } from '../message.ts';
import type { Deadline, Deadlines } from '../timing/deadlines.ts';
import { ack, encodeDatagram, encodeEmpty, non, rst } from '../wire/datagram.ts';
import type { Duplicates, Received } from './duplicates.ts';
import type { PeerState } from './peers.ts';

/**
 * Hands requests upwards, once each. The answer goes in the acknowledgement if it is there soon enough, else in a message
 * of its own after an empty acknowledgement (RFC 7252 §5.2).
 */
export const executor =
  (
    limits: Limits,
    parts: {
      readonly deadlines: Deadlines;
      readonly received: Duplicates;
      readonly transmit: (peer: PeerState, bytes: Buffer) => void;
      readonly request: (incoming: Incoming) => void;
    },
  ) =>
  (line: Line, entry: Received, message: Message): void => {
    const { deadlines, received, transmit } = parts;
    const { peer, id, confirmable } = entry;
    let acknowledged = false;
    let over = false;
    let late: Deadline | undefined;
    const reply = (bytes: Buffer): void => {
      received.reply(entry, bytes);
      transmit(peer, bytes);
    };
    const acknowledge = (): void => {
      if (!confirmable || acknowledged || over) return;
      acknowledged = true;
      reply(encodeEmpty(ack, id));
    };
    const end = (): boolean => {
      if (over) return false;
      late?.cancel();
      entry.open = undefined;
      over = true;
      return true;
    };
    const incoming: Incoming = {
      line,
      message,
      confirmable,
      respond(response) {
        if (!end()) return;
        if (!confirmable) {
          if (response) transmit(peer, encodeDatagram(non, peer.ids.next(), response));
        } else if (acknowledged) {
          if (response) line.send(response, true, () => undefined);
        } else reply(response ? encodeDatagram(ack, id, response) : encodeEmpty(ack, id));
      },
      reject() {
        if (end() && !acknowledged) reply(encodeEmpty(rst, id));
      },
    };
    entry.open = { acknowledge };
    parts.request(incoming);
    if (confirmable && !over) late = deadlines.after(limits.ackDelay, acknowledge);
  };
