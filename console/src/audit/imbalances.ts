import type { AuditedNode, Imbalance } from '../api/views.ts';

/** An imbalance with who has found it. */
export interface Found extends Imbalance {
  readonly node: string;
  readonly side: 'node' | 'store';
}

/** What does not balance in the books, latest first: an interval that both sides have found wrong is there twice. */
export function imbalancesOf(nodes: readonly AuditedNode[]): readonly Found[] {
  const all = nodes.flatMap(({ node, edge, store }): readonly Found[] => [
    ...(edge?.closings?.imbalances ?? []).map((one) => ({ ...one, node, side: 'node' as const })),
    ...store.closings.imbalances.map((one) => ({ ...one, node, side: 'store' as const })),
  ]);
  return all.toSorted((one, other) => other.to - one.to);
}
