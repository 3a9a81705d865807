import type { AuditedNode } from '../api/views.ts';
import { formatCount } from '../format/number.ts';
import { Icon } from '../ui/icon.tsx';
import { Empty } from '../ui/parts.tsx';
import { ledgerImbalance } from './verdict.ts';

const columns = [
  'Received',
  'Refused',
  'Duplicates',
  'Quarantined',
  'Journaled',
  'Stored by now',
  'Folded',
  'Withheld',
  'Expired',
] as const;
/** Rows shown; a larger ledger has its imbalances first. */
const shownMax = 200;

export function LedgerTable({ nodes }: { readonly nodes: readonly AuditedNode[] }) {
  const rows = nodes.flatMap(({ node, epoch, store }) =>
    store.rows.map((row) => ({ node, epoch, row, wrong: ledgerImbalance(row) })),
  );
  rows.sort(
    (a, b) => Number(b.wrong !== undefined) - Number(a.wrong !== undefined) || a.row.source.localeCompare(b.row.source),
  );
  if (rows.length === 0) {
    return (
      <Empty icon="audit" title="The ledger is empty">
        <p>Each device that sends gets a row here. Send a reading, then run the audit again.</p>
      </Empty>
    );
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable without a mouse */}
      <section className="table-scroll" aria-label="Ledger rows" tabIndex={0}>
        <table className="table table-plain ledger">
          <caption className="visually-hidden">Ledger by source</caption>
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Node</th>
              {columns.map((column) => (
                <th key={column} scope="col" className="number">
                  {column}
                </th>
              ))}
              <th scope="col">Sum</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shownMax).map(({ node, epoch, row, wrong }) => (
              <tr key={`${node} ${epoch} ${row.source}`} className={wrong ? 'is-wrong' : undefined}>
                <th scope="row">{row.source}</th>
                <td className="muted">{node}</td>
                <td className="number">{formatCount(row.received)}</td>
                <td className="number">{formatCount(row.refused)}</td>
                <td className="number">{formatCount(row.duplicates)}</td>
                <td className="number">{formatCount(row.quarantined)}</td>
                <td className="number">{formatCount(row.journaled)}</td>
                <td className="number">{formatCount(row.stored)}</td>
                <td className="number">{formatCount(row.folded)}</td>
                <td className="number">{formatCount(row.withheld)}</td>
                <td className="number">{formatCount(row.expired)}</td>
                <td className="ledger-sum">
                  {wrong ? (
                    <span className="text-bad">{wrong}</span>
                  ) : (
                    <span className="text-ok">
                      <Icon name="check" size={16} />
                      <span className="visually-hidden">holds</span>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > shownMax && (
        <p className="card-note muted">
          The first {shownMax} of {formatCount(rows.length)}; all of them: selvedge audit --json
        </p>
      )}
    </>
  );
}
