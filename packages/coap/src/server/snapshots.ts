import type { Metrics } from '@selvedge/kernel';
import type { Limits } from '../config.ts';
import type { coapMetrics } from '../metrics.ts';
import type { Deadline, Deadlines } from '../timing/deadlines.ts';
import type { Composed } from './compose.ts';

/** Keeps responses of more than one block while their blocks are fetched, so that all are of the same content. */
export interface Snapshots {
  keep(key: string, response: Composed): void;
  find(key: string): Composed | undefined;
  forget(key: string): void;
  readonly count: number;
}

interface Snapshot {
  readonly response: Composed;
  deadline: Deadline;
}

export function snapshots(
  limits: Limits,
  { deadlines, metrics }: { readonly deadlines: Deadlines; readonly metrics: Metrics<typeof coapMetrics> },
): Snapshots {
  // By last use, the oldest first.
  const kept = new Map<string, Snapshot>();
  let bytesKept = 0;

  const forget = (key: string): void => {
    const snapshot = kept.get(key);
    if (!snapshot) return;
    kept.delete(key);
    snapshot.deadline.cancel();
    bytesKept -= snapshot.response.payload.length;
  };

  const expire = (key: string): Deadline => deadlines.after(limits.snapshotWithin, () => forget(key));

  return {
    keep(key, response) {
      forget(key);
      kept.set(key, { response, deadline: expire(key) });
      bytesKept += response.payload.length;
      for (const oldest of kept.keys()) {
        if (kept.size <= limits.snapshotsMax && bytesKept <= limits.snapshotsBytesMax) return;
        forget(oldest);
        metrics.forgotten.add(1, 'snapshots');
      }
    },
    find(key) {
      const snapshot = kept.get(key);
      if (!snapshot) return undefined;
      snapshot.deadline.cancel();
      snapshot.deadline = expire(key);
      kept.delete(key);
      kept.set(key, snapshot);
      return snapshot.response;
    },
    forget,
    get count() {
      return kept.size;
    },
  };
}
