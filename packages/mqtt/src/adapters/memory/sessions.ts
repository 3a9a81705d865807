import type { SessionStore, StoredDelivery, StoredSession, StoredSubscription } from '../../ports.ts';

interface Kept {
  expiry: number;
  endsAt: number | undefined;
  readonly subscriptions: Map<string, StoredSubscription>;
  readonly deliveries: Map<number, StoredDelivery>;
  readonly incoming: Set<number>;
}

/** Keeps sessions in this process: a broker built after another one on the same store goes on where that one ended. */
export function memorySessions(): SessionStore {
  const all = new Map<string, Kept>();
  const update = (clientId: string, key: number, change: Partial<StoredDelivery>): void => {
    const deliveries = all.get(clientId)?.deliveries;
    const delivery = deliveries?.get(key);
    if (delivery) deliveries?.set(key, { ...delivery, ...change });
  };
  return {
    *load() {
      for (const [clientId, kept] of all) yield storedSession(clientId, kept);
    },
    opened(clientId, expiry) {
      const kept = all.get(clientId);
      if (kept) Object.assign(kept, { expiry, endsAt: undefined });
      else
        all.set(clientId, {
          expiry,
          endsAt: undefined,
          subscriptions: new Map(),
          deliveries: new Map(),
          incoming: new Set(),
        });
    },
    left(clientId, endsAt) {
      const kept = all.get(clientId);
      if (kept) kept.endsAt = endsAt;
    },
    ended: (clientId) => void all.delete(clientId),
    subscribed: (clientId, subscription) =>
      void all.get(clientId)?.subscriptions.set(subscription.filter, subscription),
    unsubscribed: (clientId, filter) => void all.get(clientId)?.subscriptions.delete(filter),
    queued: (clientId, delivery) => void all.get(clientId)?.deliveries.set(delivery.key, delivery),
    sent: (clientId, key, packetId) => update(clientId, key, { packetId }),
    released: (clientId, key) => update(clientId, key, { released: true }),
    finished: (clientId, key) => void all.get(clientId)?.deliveries.delete(key),
    received: (clientId, packetId) => void all.get(clientId)?.incoming.add(packetId),
    forgotten: (clientId, packetId) => void all.get(clientId)?.incoming.delete(packetId),
    commit: () => undefined,
  };
}

const storedSession = (clientId: string, kept: Kept): StoredSession => ({
  clientId,
  expiry: kept.expiry,
  endsAt: kept.endsAt,
  subscriptions: [...kept.subscriptions.values()],
  deliveries: [...kept.deliveries.values()],
  incoming: [...kept.incoming],
});
