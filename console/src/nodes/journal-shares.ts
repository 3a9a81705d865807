import type { NodeView } from '../api/views.ts';
import { heldRecords } from './link-memory.ts';

export interface JournalShare {
  readonly name: 'acknowledged' | 'pending' | 'expired';
  readonly label: string;
  /** Undefined when nobody can know: what a node keeps while it is cut off. */
  readonly count: number | undefined;
  /** Part of the bar, 0 … 1. What there is at all stays visible. */
  readonly share: number;
}

const visibleShare = 0.015;

/** What has become of the records of a node's journal, as the cloud and the node's last report have it. */
export function journalShares(node: NodeView): readonly JournalShare[] {
  const pending = node.report?.journal.pending ?? 0;
  const counts = [
    { name: 'acknowledged', label: 'Acknowledged', count: heldRecords(node.acknowledged) },
    { name: 'pending', label: 'Pending', count: node.online || !node.report ? pending : undefined },
    { name: 'expired', label: 'Expired', count: node.report?.journal.expired ?? 0 },
  ] as const;
  const total = counts.reduce((sum, { count }) => sum + (count ?? 0), 0);
  return counts.map((one) => ({
    ...one,
    share: one.count === 0 ? 0 : Math.max(visibleShare, (one.count ?? 0) / Math.max(1, total)),
  }));
}
