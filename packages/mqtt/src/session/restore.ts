import type { Hub } from '../hub.ts';
import type { StoredDelivery, StoredMessage, StoredSession, StoredState, StoredWill, TakenPublish } from '../ports.ts';
import { parseFilter } from '../router/filter.ts';
import { Parcel } from '../router/parcel.ts';
import { Delivery } from './delivery.ts';
import { Session } from './session.ts';
import { publishWill, type Will, willFrom } from './will.ts';

/** Brings back what the store has kept, before the first client connects. */
export async function restoreState(hub: Hub): Promise<void> {
  const { store, keeper, spooler } = hub;
  if (!store) {
    await spooler?.load(new Map());
    return;
  }
  const state = await store.load();
  const [sessions, retained] = [[...state.sessions], [...state.retained]];
  await spooler?.load(spooledIn(sessions, retained));
  keeper.time.restore(state.drift);
  keeper.restore(state.sequence);
  const marks = await marksOf(hub, state);
  const wills = new Set(marks.filter(({ packetId }) => packetId === 0).map(({ clientId }) => clientId));
  const restored: Restored = { hub, parcels: new Map(), missing: new Set(), marks, wills };
  for (const message of retained) {
    const parcel = parcelOf(restored, message);
    if (parcel) hub.router.retained.restore(parcel);
    else store.retained(message.topic, undefined);
  }
  for (const session of sessions) restoreSession(restored, session);
  restoreWills(restored, state.wills);
  for (const { clientId, packetId, sequence } of marks) {
    if (packetId > 0) store.taken(clientId, packetId);
    store.took(sequence);
  }
  spooler?.restored();
  if (restored.missing.size > 0) hub.log.error('mqtt.spool.missing', { payloads: restored.missing.size });
  hub.sessions.sweep(hub.clock.ticks());
}

interface Restored {
  readonly hub: Hub;
  /** By their names, so that a message is in memory once. */
  readonly parcels: Map<number, Parcel>;
  /** Names of messages whose payload the spool does not have: they are lost. */
  readonly missing: Set<number>;
  /** What the intake took and the store does not know of. */
  readonly marks: readonly TakenPublish[];
  /** Clients whose oldest will is among the marks. */
  readonly wills: Set<string>;
}

/** The payloads that the store refers to: sizes by name. */
function spooledIn(sessions: readonly StoredSession[], retained: readonly StoredMessage[]): Map<number, number> {
  const found = new Map<number, number>();
  const messages = [...retained, ...sessions.flatMap(({ deliveries }) => deliveries.map(({ message }) => message))];
  for (const { spooled } of messages) if (spooled) found.set(spooled.name, spooled.size);
  return found;
}

async function marksOf({ intake, keeper }: Hub, { took }: StoredState): Promise<readonly TakenPublish[]> {
  const marks: TakenPublish[] = [];
  for await (const mark of intake?.takenAfter?.(took) ?? []) {
    marks.push(mark);
    keeper.restore(mark.sequence);
  }
  return marks;
}

function restoreSession(restored: Restored, stored: StoredSession): void {
  const { hub, marks } = restored;
  const { clientId, expiry, endsAt } = stored;
  const session = new Session(hub, clientId);
  for (const subscription of stored.subscriptions) {
    const filter = parseFilter(subscription.filter, hub.limits.topicLevelsMax);
    if (filter.ok) session.subscribe(filter.value, subscription);
  }
  session.outgoing.restore(stored.deliveries.flatMap((one) => restoreDelivery(restored, clientId, one)));
  for (const packetId of stored.incoming) session.incoming.set(packetId, 0);
  for (const packetId of stored.taken) session.markTaken(packetId);
  for (const mark of marks) if (mark.clientId === clientId && mark.packetId > 0) session.markTaken(mark.packetId);
  session.restoreExpiry(expiry);
  session.endsAt = ticksAt(hub, endsAt, session.expiry);
  const until = hub.keeper.time.at(session.endsAt);
  if (until !== endsAt) hub.store?.left(clientId, until);
  hub.sessions.restore(session);
}

/** The newest will of a client waits for it to come back; an older one was on its way out. */
function restoreWills(restored: Restored, stored: Iterable<StoredWill>): void {
  const newest = new Map<string, StoredWill>();
  for (const will of [...stored].sort((one, other) => one.key - other.key)) {
    const older = newest.get(will.clientId);
    if (older) restoreWill(restored, older, false);
    newest.set(will.clientId, will);
  }
  for (const will of newest.values()) restoreWill(restored, will, true);
}

/**
 * The network connection of a client that was connected ended with the broker at the latest, so its will is due from now
 * on as after any loss (MQTT 5, section 3.1.2.5). `waits`: unless the client is back before.
 */
function restoreWill({ hub, wills }: Restored, stored: StoredWill, waits: boolean): void {
  const taken = stored.taken || wills.delete(stored.clientId);
  const will: Will | undefined = willFrom(hub, { ...stored, taken });
  if (!will) {
    hub.store?.willed(stored.key, undefined);
    return;
  }
  if (!waits || taken) {
    if (taken) hub.store?.willed(stored.key, { ...stored, taken });
    publishWill(hub, will);
    return;
  }
  let session = hub.sessions.get(stored.clientId);
  if (!session) {
    session = new Session(hub, stored.clientId);
    session.endsAt = hub.clock.ticks();
    hub.sessions.restore(session);
  }
  session.will = will;
  session.willAt = ticksAt(hub, stored.dueAt, stored.delay);
  session.bequeath(will, hub.keeper.time.at(session.willAt));
}

/** Clock ticks of a store time at most `seconds` ahead, however the wall clock was set while no broker ran; of undefined, then. */
function ticksAt({ clock, keeper }: Hub, storeTime: number | undefined, seconds: number): number {
  const latest = clock.ticks() + seconds * 1_000;
  return storeTime === undefined ? latest : Math.min(latest, keeper.time.ticksAt(storeTime));
}

function restoreDelivery(restored: Restored, clientId: string, stored: StoredDelivery): Delivery[] {
  const parcel = parcelOf(restored, stored.message);
  if (!parcel) {
    restored.hub.store?.finished(clientId, stored.key);
    return [];
  }
  const delivery = new Delivery(stored.key, parcel, stored.qos, stored.retain, stored.subscriptionIds, undefined);
  delivery.packetId = stored.packetId;
  delivery.released = stored.released;
  return [delivery];
}

function parcelOf({ hub, parcels, missing }: Restored, stored: StoredMessage): Parcel | undefined {
  const known = parcels.get(stored.sequence);
  if (known) return known;
  const topic = hub.topics.fromText(stored.topic);
  if (!topic) return undefined;
  const spooled = stored.spooled && hub.spooler?.get(stored.spooled.name);
  if (stored.spooled && !spooled) {
    missing.add(stored.sequence);
    return undefined;
  }
  const { expiresAt, properties } = stored;
  const never = expiresAt === undefined;
  const ends = never ? Number.POSITIVE_INFINITY : ticksAt(hub, expiresAt, properties?.messageExpiry ?? 0);
  const parcel = Parcel.restored(topic, stored, ends, spooled);
  parcels.set(stored.sequence, parcel);
  return parcel;
}
