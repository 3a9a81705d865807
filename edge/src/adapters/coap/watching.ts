import type { Peer } from '@selvedge/coap';
import { Fault } from '@selvedge/kernel';
import type { Gate, Principal, Revoked } from '../../ports.ts';
import { authorize } from './admission.ts';

/** Who observes what here, so that whoever is turned out hears no more. */
export interface Watching {
  /**
   * Notes an observer of a resource that is subscribed to as this topic; undefined where it may not be, which its answer
   * will say. `revoked` has to ask for a notification: that is refused, and the last. Gives the function that ends it.
   */
  begin(peer: Peer, topic: string, revoked: () => void): (() => void) | undefined;
  /** Ends the listening to revocations. */
  stop(): void;
}

interface Watcher {
  readonly principal: Principal;
  readonly revoked: () => void;
}

export function watching(gate: Gate): Watching {
  const watchers = new Set<Watcher>();
  const isOf = ({ principal }: Watcher, who: Revoked): boolean =>
    principal.kind === who.kind &&
    principal.name === who.name &&
    (who.credential === undefined || principal.credential === who.credential);
  const deafen = gate.onRevoked((who) => {
    for (const watcher of [...watchers]) if (isOf(watcher, who)) watcher.revoked();
  });
  return {
    begin(peer, topic, revoked) {
      const principal = permitted(gate, peer, topic);
      if (!principal) return undefined;
      const watcher: Watcher = { principal, revoked };
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    stop: deafen,
  };
}

function permitted(gate: Gate, peer: Peer, topic: string): Principal | undefined {
  try {
    return authorize(gate, peer, 'subscribe', topic);
  } catch (cause) {
    if (cause instanceof Fault) return undefined;
    throw cause;
  }
}
