import type { Duration } from '@selvedge/kernel';
import { edgeFaults } from '../../faults.ts';
import type { LinkGrant, LinkRequest, LinkTier } from '../../ports.ts';

/** Requests of others than the journal's lanes, waiting by class. Times are clock ticks in milliseconds. */
export interface Guests {
  /** Waits for its turn. Rejects with BUDGET_FULL, BUDGET_DROPPED, or the signal's reason. */
  ask(request: LinkRequest, now: number): Promise<LinkGrant>;
  waits(klass: number, tier: LinkTier): Waiting | undefined;
  /** Takes the first of a flow out of its queue. */
  take(klass: number, tier: LinkTier): Waiting | undefined;
  /** Demotes, or drops, what has waited for too long. */
  age(now: number): void;
  readonly counts: readonly GuestCount[];
}

export interface Waiting {
  readonly request: LinkRequest;
  readonly since: number;
  readonly grant: (grant: LinkGrant) => void;
  readonly refuse: (cause: unknown) => void;
}

export interface GuestCount {
  waiting: number;
  demoted: number;
  dropped: number;
  refused: number;
}

export interface GuestLimits {
  /** Requests of each class that may wait as live ones, and again as many as backlog. */
  readonly queueMax: readonly number[];
  /** A request that has waited for so long is live no more. */
  readonly lifetime: Duration;
}

/** What waits for too long is demoted; only what is declared expendable is dropped, and counted. [BUD-4] */
export function guests(limits: GuestLimits, changed: () => void): Guests {
  const queues = { live: limits.queueMax.map((): Waiting[] => []), backlog: limits.queueMax.map((): Waiting[] => []) };
  const counts = limits.queueMax.map((): GuestCount => ({ waiting: 0, demoted: 0, dropped: 0, refused: 0 }));

  const drop = (klass: number, one: Waiting, why: string): void => {
    counts[klass]!.dropped += 1;
    one.refuse(edgeFaults('BUDGET_DROPPED', why, { class: klass, bytes: one.request.bytes }));
  };

  /** Out of the live queue, into the backlog or nowhere. */
  const demote = (klass: number): void => {
    const one = queues.live[klass]!.shift()!;
    if (one.request.expendable) drop(klass, one, 'it has waited for too long');
    else {
      counts[klass]!.demoted += 1;
      queues.backlog[klass]!.push(one);
    }
  };

  const remove = (klass: number, one: Waiting): boolean => {
    for (const tier of ['live', 'backlog'] as const) {
      const at = queues[tier][klass]!.indexOf(one);
      if (at >= 0) queues[tier][klass]!.splice(at, 1);
      if (at >= 0) return true;
    }
    return false;
  };

  return {
    ask(request, now) {
      const { klass, signal, tier = 'live' } = request;
      const most = limits.queueMax[klass]!;
      if (signal?.aborted) return Promise.reject(signal.reason);
      const isFull = (of: LinkTier): boolean => queues[of][klass]!.length >= most;
      const yields = tier === 'live' && (!isFull('backlog') || queues.live[klass]![0]?.request.expendable);
      if (isFull(tier) && !yields) {
        counts[klass]!.refused += 1;
        return Promise.reject(edgeFaults('BUDGET_FULL', `${most} requests of the class wait`, { class: klass }));
      }
      if (isFull(tier)) demote(klass);
      const { promise, resolve, reject } = Promise.withResolvers<LinkGrant>();
      const one: Waiting = { request, since: now, grant: resolve, refuse: reject };
      queues[tier][klass]!.push(one);
      const aborted = (): void => void (remove(klass, one) && reject(signal?.reason));
      signal?.addEventListener('abort', aborted, { once: true });
      changed();
      return promise.finally(() => signal?.removeEventListener('abort', aborted));
    },
    waits: (klass, tier) => queues[tier][klass]?.[0],
    take: (klass, tier) => queues[tier][klass]?.shift(),
    age(now) {
      for (const [klass, queue] of queues.live.entries())
        while (queue[0] && now - queue[0].since >= limits.lifetime) {
          const most = limits.queueMax[klass]!;
          if (!queue[0].request.expendable && queues.backlog[klass]!.length >= most) break;
          demote(klass);
        }
    },
    get counts() {
      for (const [klass, count] of counts.entries())
        count.waiting = queues.live[klass]!.length + queues.backlog[klass]!.length;
      return counts;
    },
  };
}
