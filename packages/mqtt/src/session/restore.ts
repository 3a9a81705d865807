import type { Hub } from '../hub.ts';
import type { StoredDelivery, StoredSession } from '../ports.ts';
import { parseFilter } from '../router/filter.ts';
import { Parcel } from '../router/parcel.ts';
import { Delivery } from './delivery.ts';
import { Session } from './session.ts';

/** Brings back what the store has kept, before the first client connects. */
export async function restoreSessions(hub: Hub): Promise<void> {
  if (!hub.store) return;
  for await (const stored of hub.store.load()) restoreSession(hub, stored);
}

function restoreSession(hub: Hub, stored: StoredSession): void {
  const session = new Session(hub, stored.clientId);
  for (const subscription of stored.subscriptions) {
    const filter = parseFilter(subscription.filter, hub.limits.topicLevelsMax);
    if (filter.ok) session.subscribe(filter.value, subscription);
  }
  session.outgoing.restore(stored.deliveries.flatMap((one) => restoreDelivery(hub, one)));
  for (const packetId of stored.incoming) session.incoming.set(packetId, 0);
  session.keepFor(stored.expiry);
  const now = hub.clock.ticks();
  // A client that was connected when the broker ended has the whole time to come back.
  const endsAt = stored.endsAt === undefined ? now + stored.expiry * 1_000 : stored.endsAt - hub.wallOffset();
  hub.store?.left(stored.clientId, endsAt + hub.wallOffset());
  hub.sessions.restore(session, endsAt);
}

function restoreDelivery(hub: Hub, stored: StoredDelivery): Delivery[] {
  const topic = hub.topics.fromText(stored.topic);
  if (!topic) return [];
  const now = hub.clock.ticks();
  const left = stored.expiresAt === undefined ? undefined : (stored.expiresAt - hub.wallOffset() - now) / 1_000;
  const properties = left === undefined ? stored.properties : { ...stored.properties, messageExpiry: left };
  const parcel = new Parcel(topic, stored.payload, stored.qos, stored.retain, properties, now, undefined);
  const delivery = new Delivery(stored.key, parcel, stored.qos, stored.retain, stored.subscriptionIds, undefined);
  delivery.packetId = stored.packetId;
  delivery.released = stored.released;
  return [delivery];
}
