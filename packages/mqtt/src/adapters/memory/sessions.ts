import type { SessionStore } from '../../ports.ts';
import { KeptState } from '../../session/kept-state.ts';

/** Keeps sessions in this process: a broker built after another one on the same store goes on where that one ended. */
export function memorySessions(): SessionStore {
  const state = new KeptState();
  return {
    load: () => state.stored(),
    opened: (clientId, expiry) => state.opened(clientId, expiry),
    left: (clientId, endsAt) => state.left(clientId, endsAt),
    ended: (clientId) => state.ended(clientId),
    subscribed: (clientId, subscription) => state.subscribed(clientId, subscription),
    unsubscribed: (clientId, filter) => state.unsubscribed(clientId, filter),
    queued: (clientId, delivery) => state.queued(clientId, delivery),
    sent: (clientId, key, packetId) => state.sent(clientId, key, packetId),
    released: (clientId, key) => state.released(clientId, key),
    finished: (clientId, key) => state.finished(clientId, key),
    received: (clientId, packetId) => state.received(clientId, packetId),
    forgotten: (clientId, packetId) => state.forgotten(clientId, packetId),
    taken: (clientId, packetId) => state.taken(clientId, packetId),
    took: (sequence) => state.took(sequence),
    willed: (key, will) => state.willed(key, will),
    retained: (topic, message) => state.retained(topic, message),
    drifted: (drift) => state.drifted(drift),
    commit: () => undefined,
  };
}
