import type { SessionStore } from '../../ports.ts';
import type { KeptState } from '../../session/kept-state.ts';
import { writeOnce } from './checkpoint.ts';
import { eventKind, writeClient, writeQueued, writeSubscribed, writeWilled } from './events.ts';
import type { Transactions } from './transactions.ts';

export interface RecorderParts {
  readonly state: KeptState;
  readonly transactions: Transactions;
  /** Number of the latest checkpoint. */
  readonly round: () => number;
  /** Called after each change. */
  readonly touched: () => void;
}

/** What the store is told: folded into the state, and written into the transaction being told. */
export function recorder({
  state,
  transactions,
  round,
  touched,
}: RecorderParts): Omit<SessionStore, 'load' | 'commit'> {
  const { out } = transactions;
  const knows = (clientId: string): boolean => state.sessions.has(clientId);

  /** One number of a session, such as a packet identifier. */
  const tell = (kind: number, clientId: string, ...numbers: readonly number[]): void => {
    writeClient(out, kind, clientId);
    for (const one of numbers) out.varint(one);
    touched();
  };

  return {
    opened(clientId, expiry) {
      state.opened(clientId, expiry);
      tell(eventKind.opened, clientId, expiry);
    },
    left(clientId, endsAt) {
      if (!knows(clientId)) return;
      state.left(clientId, endsAt);
      tell(eventKind.left, clientId);
      out.f64(endsAt);
    },
    ended(clientId) {
      if (!knows(clientId)) return;
      state.ended(clientId);
      tell(eventKind.ended, clientId);
    },
    subscribed(clientId, subscription) {
      if (!knows(clientId)) return;
      state.subscribed(clientId, subscription);
      writeSubscribed(out, clientId, subscription);
      touched();
    },
    unsubscribed(clientId, filter) {
      if (!knows(clientId)) return;
      state.unsubscribed(clientId, filter);
      tell(eventKind.unsubscribed, clientId);
      out.text(filter);
    },
    queued(clientId, delivery) {
      if (!knows(clientId)) return;
      state.queued(clientId, delivery);
      writeOnce(state, transactions, delivery.message.sequence, round());
      writeQueued(out, clientId, delivery);
      touched();
    },
    sent(clientId, key, packetId) {
      state.sent(clientId, key, packetId);
      tell(eventKind.sent, clientId, key, packetId);
    },
    released(clientId, key) {
      state.released(clientId, key);
      tell(eventKind.released, clientId, key);
    },
    finished(clientId, key) {
      state.finished(clientId, key);
      tell(eventKind.finished, clientId, key);
    },
    received(clientId, packetId) {
      state.received(clientId, packetId);
      tell(eventKind.received, clientId, packetId);
    },
    forgotten(clientId, packetId) {
      state.forgotten(clientId, packetId);
      tell(eventKind.forgotten, clientId, packetId);
    },
    taken(clientId, packetId) {
      state.taken(clientId, packetId);
      tell(eventKind.taken, clientId, packetId);
    },
    took(sequence) {
      state.took(sequence);
      out.u8(eventKind.took);
      out.varint(sequence);
      touched();
    },
    willed(key, will) {
      state.willed(key, will);
      if (will) writeWilled(out, will);
      else {
        out.u8(eventKind.unwilled);
        out.varint(key);
      }
      touched();
    },
    retained(topic, message) {
      state.retained(topic, message);
      if (message) writeOnce(state, transactions, message.sequence, round());
      out.u8(message ? eventKind.retained : eventKind.cleared);
      out.text(topic);
      if (message) out.varint(message.sequence);
      touched();
    },
    drifted(drift) {
      state.drifted(drift);
      out.u8(eventKind.drifted);
      out.f64(drift);
      touched();
    },
  };
}
