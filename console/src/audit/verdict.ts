import type { AuditedNode, AuditView, LedgerRow } from '../api/views.ts';
import { formatCount, plural } from '../format/number.ts';

export type Tone = 'ok' | 'warn' | 'bad';

export interface Verdict {
  readonly tone: Tone;
  readonly headline: string;
  /** `0 lost · 0 doubled`, with what was altered if anything was. */
  readonly figures: string;
  readonly text: string;
}

/** The audit in one look: is every reading here once, and if not, what to think of it. */
export function auditVerdict(audit: AuditView): Verdict {
  const figures = [`${formatCount(audit.lost)} lost`, `${formatCount(audit.doubled)} doubled`];
  if (audit.altered > 0) figures.push(`${formatCount(audit.altered)} altered`);
  const stored = audit.nodes.reduce((sum, { store }) => sum + store.stored, 0);
  const shared = { figures: figures.join(' · ') };
  if (!audit.balanced) {
    return {
      ...shared,
      tone: 'bad',
      headline: 'Does not balance',
      text: 'Journal and store disagree. The findings below say where.',
    };
  }
  if (!audit.complete) {
    const answered = new Set(audit.nodes.filter(({ edge }) => edge !== null).map(({ node }) => node));
    const silent = audit.nodes.map(({ node }) => node).filter((node) => !answered.has(node));
    const who = silent.length > 0 ? [...new Set(silent)].join(', ') : 'A node';
    return {
      ...shared,
      tone: 'warn',
      headline: 'Balanced as far as can be seen',
      text: `${who} did not answer, so its journal could not be compared. What is here holds: ${plural(stored, 'reading')}.`,
    };
  }
  const onTheWay =
    audit.pending === 0
      ? ''
      : ` ${plural(audit.pending, 'record')} at the edge ${audit.pending === 1 ? 'is' : 'are'} still on the way.`;
  return {
    ...shared,
    tone: 'ok',
    headline: 'Balanced',
    text: `${plural(stored, 'reading')} recomputed from the journal and the store: each is here exactly once.${onTheWay}`,
  };
}

/** One journal's part of the verdict. One that its node has left behind for a new epoch can no longer be compared, and need not. */
export function journalVerdict(node: AuditedNode, audit: AuditView): { readonly tone: Tone; readonly word: string } {
  const { lost, doubled, altered, broken } = node.store;
  if (lost + doubled + altered + broken.length + node.findings.length > 0)
    return { tone: 'bad', word: 'does not hold' };
  if (node.edge !== null) return { tone: 'ok', word: 'holds' };
  const isLeftBehind = audit.complete || audit.nodes.some((other) => other.node === node.node && other.edge !== null);
  return isLeftBehind ? { tone: 'ok', word: 'earlier epoch, holds' } : { tone: 'warn', word: 'not compared' };
}

/**
 * What is wrong with a row of the ledger, or undefined when its sum holds. A node closes its rows now and then, so more
 * may be stored already than they tell of; only the audit's findings judge what is stored.
 */
export function ledgerImbalance(row: LedgerRow): string | undefined {
  const accounted = row.refused + row.duplicates + row.quarantined + row.journaled;
  if (row.received !== accounted)
    return `received ${formatCount(row.received)}, accounted for ${formatCount(accounted)}`;
  return undefined;
}
