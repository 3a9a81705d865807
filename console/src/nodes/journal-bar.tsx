import type { NodeView } from '../api/views.ts';
import { formatCount } from '../format/number.ts';
import { journalShares } from './journal-shares.ts';

/** The node's journal from its first record to its newest: what the cloud has, what is on its way, what expired before. */
export function JournalBar({ node }: { readonly node: NodeView }) {
  const shares = journalShares(node);
  const present = shares.filter(({ share }) => share > 0);
  return (
    <div className="journal">
      <div className="journal-bar" aria-hidden="true">
        {present.map(({ name, share }) => (
          <span key={name} className={`journal-part is-${name}`} style={{ flexGrow: share }} />
        ))}
      </div>
      <dl className="journal-legend">
        {shares.map(({ name, label, count }) => (
          <div key={name} className={`journal-key is-${name}`}>
            <dt>{label}</dt>
            <dd>{count === undefined ? <span className="journal-unknown">unknown</span> : formatCount(count)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
