import type { KeptSession, KeptState } from '../../session/kept-state.ts';
import { eventKind, writeClient, writeMessage, writeQueued, writeSubscribed, writeWilled } from './events.ts';
import type { Transactions } from './transactions.ts';

/** Payloads from this size on have a record of their own, so that a transaction stays small. */
export const apartFrom = 16_384;

/** Writes a message unless that was done since the checkpoint of `round` began. */
export function writeOnce(state: KeptState, transactions: Transactions, sequence: number, round: number): void {
  const kept = state.messages.get(sequence);
  if (!kept || kept.round === round) return;
  kept.round = round;
  const { message } = kept;
  const apart = message.payload.length >= apartFrom;
  if (apart) transactions.apart(sequence, message.payload);
  writeMessage(transactions.out, message, apart);
}

/**
 * Writes all that is live once more, and stops after each piece so that what is told meanwhile comes in between: whoever
 * reads on from its beginning finds for each thing either this, or later news of something that is not live any more.
 */
export function* writeAll(state: KeptState, transactions: Transactions, round: number): Generator<void> {
  const { out } = transactions;
  for (const kept of state.sessions.values()) yield* writeSession(state, transactions, kept, round);
  for (const [topic, { sequence }] of state.topics) {
    // What was replaced meanwhile is written with its replacement.
    if (state.topics.get(topic)?.sequence !== sequence) continue;
    writeOnce(state, transactions, sequence, round);
    out.u8(eventKind.retained);
    out.text(topic);
    out.varint(sequence);
    yield;
  }
  for (const will of state.wills.values()) {
    writeWilled(out, will);
    yield;
  }
}

function* writeSession(
  state: KeptState,
  transactions: Transactions,
  kept: KeptSession,
  round: number,
): Generator<void> {
  const { out } = transactions;
  const { clientId } = kept;
  writeClient(out, eventKind.opened, clientId, kept.expiry);
  if (kept.endsAt !== undefined) {
    writeClient(out, eventKind.left, clientId);
    out.f64(kept.endsAt);
  }
  for (const subscription of kept.subscriptions.values()) writeSubscribed(out, clientId, subscription);
  for (const packetId of kept.incoming) writeClient(out, eventKind.received, clientId, packetId);
  for (const packetId of kept.taken) writeClient(out, eventKind.taken, clientId, packetId);
  for (const delivery of kept.deliveries.values()) {
    yield;
    // It has ended meanwhile, or begun anew.
    if (state.sessions.get(clientId) !== kept) return;
    writeOnce(state, transactions, delivery.message.sequence, round);
    writeQueued(out, clientId, delivery);
  }
  yield;
}

/** What has no place of its own in the state. */
export function writeNumbers(state: KeptState, { out }: Transactions): void {
  out.u8(eventKind.counted);
  out.varint(state.sequence);
  out.u8(eventKind.took);
  out.varint(state.lastTook);
  out.u8(eventKind.drifted);
  out.f64(state.drift);
}
