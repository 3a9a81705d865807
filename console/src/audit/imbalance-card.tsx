import type { AuditedNode } from '../api/views.ts';
import { formatCount } from '../format/number.ts';
import { formatWhole } from '../format/time.ts';
import { Icon } from '../ui/icon.tsx';
import { Card } from '../ui/page.tsx';
import { imbalancesOf } from './imbalances.ts';

/** Imbalances shown; the command line has them all. */
const shownMax = 50;

/** Where the books do not balance: source, interval, and the terms that do not add up. */
export function ImbalanceCard({ nodes }: { readonly nodes: readonly AuditedNode[] }) {
  const found = imbalancesOf(nodes);
  if (found.length === 0) return null;
  return (
    <Card title="Books that do not balance" about={`${formatCount(found.length)} by source and interval`}>
      <ul className="findings">
        {found.slice(0, shownMax).map(({ node, side, source, from, to, offsets, why }) => (
          <li key={`${node} ${side} ${source} ${offsets.from} ${offsets.to}`}>
            <Icon name="warn" size={16} />
            <span>
              <strong>{source === '' ? 'All sources' : source}</strong>, {formatWhole(from)} to {formatWhole(to)}, found
              by the {side === 'node' ? `node ${node}` : `store of ${node}`}: {why}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
