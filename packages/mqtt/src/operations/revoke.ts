import type { Hub } from '../hub.ts';
import { whenKept } from '../hub.ts';
import { reason } from '../reason.ts';
import { Parcel } from '../router/parcel.ts';
import type { Session } from '../session/session.ts';

/** What a revocation has ended. */
export interface Ended {
  readonly sessions: number;
  readonly retained: number;
}

/**
 * Ends everything of the clients that `whose` names: connections close at once with 0x87, sessions end with what they
 * have queued, wills are not published, and retained messages that they published are cleared. Settles when the store
 * knows it too.
 */
export async function revoke(hub: Hub, whose: (clientId: string) => boolean): Promise<Ended> {
  let sessions = 0;
  for (const session of [...hub.sessions]) {
    if (!whose(session.clientId)) continue;
    endSession(hub, session);
    sessions += 1;
  }
  // What they published before is still on its way to being retained until the batch that holds it is settled.
  const early = clearRetained(hub, whose);
  await batchSettled(hub);
  const retained = early + clearRetained(hub, whose);
  await new Promise<void>((resolve, reject) => whenKept(hub, resolve, reject));
  return { sessions, retained };
}

function endSession(hub: Hub, session: Session): void {
  session.withdrawWill();
  session.willAt = Number.POSITIVE_INFINITY;
  session.keepFor(0);
  if (session.connection) {
    session.connection.close(reason.notAuthorized, 'permission was revoked');
    return;
  }
  const now = hub.clock.ticks();
  session.endsAt = now;
  hub.sessions.sweep(now);
}

/** As an empty retained publish does it, so that those who subscribed learn that the value is void. */
function clearRetained(hub: Hub, whose: (clientId: string) => boolean): number {
  const all = hub.router.retained.matching(['#']);
  const cleared: Parcel[] = [];
  for (let next = all.next(); !next.done; next = all.next()) {
    const { from, topic } = next.value;
    if (from !== undefined && whose(from)) cleared.push(emptyOf(hub, topic));
  }
  for (const parcel of cleared) hub.router.route(parcel);
  return cleared.length;
}

const nothing = Buffer.alloc(0);
const emptyOf = (hub: Hub, topic: Parcel['topic']): Parcel =>
  new Parcel(topic, nothing, 0, true, undefined, hub.clock.ticks(), undefined);

/** Settles when everything that was taken before is routed, or refused. */
const batchSettled = (hub: Hub): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => resolve();
    hub.turn.enlist({ seal: () => undefined, release: done, refuse: done, close: done });
  });
