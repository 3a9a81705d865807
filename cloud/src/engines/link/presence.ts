import { type Clock, describeFailure, type Log } from '@selvedge/kernel';
import type { NodeReport } from '@selvedge/protocol';
import type { Registry } from '../../ports.ts';

/** What the registry is told of nodes: one change after the other, so that a quick reconnect never ends as offline. */
export interface Presence {
  /** After a crash the registry may have nodes as online; none is before it has connected. */
  reset(): Promise<void>;
  came(node: string, epoch: string): void;
  left(node: string): void;
  /** Only the latest report of a node waits to be told. */
  reported(node: string, report: NodeReport): void;
  /** Settles when all that was said has been told. */
  told(): Promise<void>;
}

export function presence(
  registry: Pick<Registry, 'nodes' | 'nodeSeen' | 'nodeOnline' | 'nodeReported'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Presence {
  const reports = new Map<string, NodeReport>();
  let telling: Promise<void> = Promise.resolve();
  const tell = (change: () => Promise<void>): void => {
    telling = telling.then(change).catch((cause) => log.error('link.presence_failed', describeFailure(cause)));
  };
  return {
    async reset() {
      for (const node of await registry.nodes())
        if (node.online) await registry.nodeOnline(node.id, false, clock.wall());
    },
    came(node, epoch) {
      const at = clock.wall();
      tell(async () => {
        await registry.nodeSeen(node, epoch, at);
        await registry.nodeOnline(node, true, at);
      });
    },
    left(node) {
      const at = clock.wall();
      tell(() => registry.nodeOnline(node, false, at));
    },
    reported(node, report) {
      const waits = reports.has(node);
      reports.set(node, report);
      if (waits) return;
      tell(async () => {
        const latest = reports.get(node)!;
        reports.delete(node);
        await registry.nodeReported(node, latest);
      });
    },
    told: () => telling,
  };
}
