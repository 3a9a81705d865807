import type { Outlet, OutletMessage } from '../../ports.ts';

type Sent = ReturnType<Outlet['publish']>;

/** Several doors as one. */
export interface JoinedOutlet extends Pick<Outlet, 'onSubscribed' | 'clients'> {
  /** Sends to the first door at which somebody listens, and to no other. */
  toOne(message: OutletMessage): Sent;
  /** Sends to whoever listens at any door; the first client of any door acknowledges. */
  toAll(message: OutletMessage): Sent;
}

const nobody: Sent = { matched: 0, acknowledged: Promise.resolve(undefined) };

/** Joins doors, the one that is asked first in front. */
export function joinOutlets(doors: readonly Outlet[]): JoinedOutlet {
  return {
    toOne(message) {
      for (const door of doors) {
        const sent = door.publish(message);
        if (sent.matched > 0) return sent;
      }
      return nobody;
    },
    toAll(message) {
      const all = doors.map((door) => door.publish(message)).filter((sent) => sent.matched > 0);
      if (all.length <= 1) return all[0] ?? nobody;
      return {
        matched: all.reduce((sum, sent) => sum + sent.matched, 0),
        acknowledged: firstClient(all.map((sent) => sent.acknowledged)),
      };
    },
    onSubscribed(listener) {
      for (const door of doors) door.onSubscribed(listener);
    },
    get clients() {
      return doors.reduce((sum, door) => sum + door.clients, 0);
    },
  };
}

/** The first that names a client; undefined once all have said that there is none. */
function firstClient(all: readonly Promise<string | undefined>[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    for (const one of all) one.then((client) => client !== undefined && resolve(client), reject);
    Promise.all(all).then(() => resolve(undefined), reject);
  });
}
