import { useQuery } from '@tanstack/react-query';
import { asProblem } from '../api/problem.ts';
import { auditQuery } from '../api/queries.ts';
import type { AuditedNode, AuditView } from '../api/views.ts';
import { formatCount, plural } from '../format/number.ts';
import { Icon, type IconName } from '../ui/icon.tsx';
import { Card, Page } from '../ui/page.tsx';
import { Age, Badge, Failure, Figure, Waiting } from '../ui/parts.tsx';
import { ImbalanceCard } from './imbalance-card.tsx';
import { LedgerTable } from './ledger-table.tsx';
import { auditVerdict, journalVerdict, type Tone } from './verdict.ts';
import './audit.css';

export function AuditPage() {
  const { data: audit, error, isFetching, refetch } = useQuery({ ...auditQuery, refetchOnMount: 'always' });
  return (
    <Page
      title="Audit"
      about="Recomputed from journals and store"
      actions={
        <button type="button" className="button button-primary" disabled={isFetching} onClick={() => void refetch()}>
          <Icon name="refresh" size={16} />
          {isFetching ? 'Recomputing …' : 'Run again'}
        </button>
      }
    >
      {error && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!audit && !error && <Waiting rows={6} label="Recomputing the audit" />}
      {audit && (
        <>
          <VerdictCard audit={audit} />
          {audit.nodes.map((node) => (
            <NodeAudit key={`${node.node} ${node.epoch}`} node={node} audit={audit} />
          ))}
          <ImbalanceCard nodes={audit.nodes} />
          <Card
            title="Ledger"
            about="What the doors did with each source's messages, up to the last row that its node has closed"
          >
            <LedgerTable nodes={audit.nodes} />
          </Card>
        </>
      )}
    </Page>
  );
}

const toneIcon: Readonly<Record<Tone, IconName>> = { ok: 'audit', warn: 'warn', bad: 'warn' };

function VerdictCard({ audit }: { readonly audit: AuditView }) {
  const verdict = auditVerdict(audit);
  return (
    <section className={`card verdict is-${verdict.tone}`} aria-label="Verdict" aria-live="polite">
      <span className="verdict-icon">
        <Icon name={toneIcon[verdict.tone]} size={32} />
      </span>
      <div className="verdict-words">
        <p className="verdict-figures">{verdict.figures}</p>
        <p className="verdict-headline">
          {verdict.headline}
          <span className="verdict-at">
            <Age at={audit.at} />
          </span>
        </p>
        <p className="verdict-text">{verdict.text}</p>
      </div>
    </section>
  );
}

function NodeAudit({ node, audit }: { readonly node: AuditedNode; readonly audit: AuditView }) {
  const { store, edge } = node;
  const { tone, word } = journalVerdict(node, audit);
  const figures: readonly (readonly [label: string, value: number, isBad?: boolean])[] = [
    ['Records held', store.records],
    ['Readings in the log', store.readings],
    ['Readings stored', store.stored],
    ['Lost', store.lost, store.lost > 0],
    ['Doubled', store.doubled, store.doubled > 0],
    ['Altered', store.altered, store.altered > 0],
    ['Resent, kept once', store.duplicates],
    ['Expired', store.expired],
    ['Kept at the site', store.local],
    ['Books balanced', store.closings.judged - store.closings.imbalances.length],
  ];
  return (
    <Card
      title={node.node}
      about={<span className="epoch">epoch {node.epoch}</span>}
      actions={<Badge tone={tone}>{word}</Badge>}
      className="node-audit"
    >
      <dl className="audit-figures">
        {figures.map(([label, value, isBad]) => (
          <Figure key={label} label={label}>
            <span className={isBad ? 'text-bad' : undefined}>{formatCount(value)}</span>
          </Figure>
        ))}
        <Figure label="Pending at the edge">{edge ? formatCount(edge.pending) : 'no answer'}</Figure>
      </dl>
      <Findings node={node} />
    </Card>
  );
}

function Findings({ node }: { readonly node: AuditedNode }) {
  const { broken, headHash } = node.store;
  if (node.findings.length === 0 && broken.length === 0) {
    return (
      <p className="card-note muted">
        The hash chain holds up to <code className="hash">{headHash.slice(0, 16)}</code>
        {node.edge ? ' and the edge has computed the same.' : '.'}
      </p>
    );
  }
  return (
    <ul className="findings">
      {node.findings.map(({ code, message }) => (
        <li key={`${code} ${message}`}>
          <Icon name="warn" size={16} />
          <span>
            {message} <code className="muted">{code}</code>
          </span>
        </li>
      ))}
      {broken.slice(0, 20).map(({ offset, why }) => (
        <li key={offset}>
          <Icon name="warn" size={16} />
          <span>
            The batch at offset {formatCount(offset)}: {why}
          </span>
        </li>
      ))}
      {broken.length > 20 && <li>and {plural(broken.length - 20, 'batch', 'batches')} more</li>}
    </ul>
  );
}
