import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { asProblem } from '../api/problem.ts';
import { nodesQuery } from '../api/queries.ts';
import type { NodeReport, NodeView } from '../api/views.ts';
import { useLinks } from '../app/world-context.ts';
import { formatBytes, formatCount, plural } from '../format/number.ts';
import { formatClock, formatSpan } from '../format/time.ts';
import { Icon } from '../ui/icon.tsx';
import { Card, Page } from '../ui/page.tsx';
import { Age, Empty, Failure, Figure, Moment, Waiting } from '../ui/parts.tsx';
import { BridgeList } from './bridge-list.tsx';
import { JournalBar } from './journal-bar.tsx';
import type { LinkHappening, LinkMemory } from './link-memory.ts';
import { LinkState } from './link-state.tsx';
import { LinkUseCard } from './link-use.tsx';
import { NodeConfiguration } from './node-configuration.tsx';
import './nodes.css';

export function NodePage() {
  const { id } = useParams({ from: '/shell/nodes/$id' });
  const { data: nodes, error, refetch } = useQuery(nodesQuery);
  const memory = useLinks().get(id);
  const node = nodes?.find((one) => one.id === id);
  if (!node) {
    return (
      <Page title={id} about={<BackLink />}>
        {error && !nodes && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
        {!nodes && !error && <Waiting rows={6} label="Loading the node" />}
        {nodes && (
          <section className="card">
            <Empty icon="nodes" title={`There is no node ${id}`}>
              <p>It may never have enrolled. The list has all that did.</p>
            </Empty>
          </section>
        )}
      </Page>
    );
  }
  return (
    <Page
      title={node.id}
      about={
        <>
          <BackLink />
          <span>
            last heard <Age at={node.lastSeen} />
          </span>
        </>
      }
      actions={
        <Link to="/" search={{ node: node.id }} className="button">
          <Icon name="fleet" size={16} />
          Its devices
        </Link>
      }
    >
      <div className="node-grid">
        <Card title="Link">
          <LinkState node={node} memory={memory} />
          <Happenings memory={memory} />
        </Card>
        <Card title="Journal" about={`epoch ${node.epoch}`}>
          <JournalBar node={node} />
          <Ranges node={node} />
        </Card>
        {node.report?.link && <LinkUseCard use={node.report.link} />}
        {node.report?.bridges && <BridgeList bridges={node.report.bridges} />}
        <NodeConfiguration node={node.id} />
        <Card title="As it says itself" className="node-report">
          {node.report ? <Report report={node.report} /> : <p className="card-note muted">It has not reported yet.</p>}
          <p className="card-note muted">
            Known since <Moment at={node.firstSeen} />
          </p>
        </Card>
      </div>
    </Page>
  );
}

/** What this page has seen happen; it is gone with the page, the cloud keeps the audit. */
function Happenings({ memory }: { readonly memory: LinkMemory | undefined }) {
  if (!memory || memory.happened.length === 0) {
    return <p className="card-note muted">No interruption since this console was opened.</p>;
  }
  return (
    <ol className="happenings">
      {memory.happened.map((one) => (
        <li key={`${one.kind} ${one.at}`} className={`happening is-${one.kind}`}>
          <span className="happening-at">{formatClock(one.at)}</span>
          {happeningWords(one)}
        </li>
      ))}
    </ol>
  );
}

function happeningWords(one: LinkHappening): ReactNode {
  if (one.kind === 'cut') return 'cut off';
  if (one.kind === 'back') return `back after ${formatSpan(one.after)}`;
  return `caught up, ${plural(one.records, 'record')} came late`;
}

function Ranges({ node }: { readonly node: NodeView }) {
  if (node.acknowledged.length === 0)
    return <p className="card-note muted">The cloud holds nothing of this journal yet.</p>;
  return (
    <details className="ranges">
      <summary>{plural(node.acknowledged.length, 'range')} held by the cloud</summary>
      <ul>
        {node.acknowledged.slice(0, 50).map(([from, to]) => (
          <li key={from}>
            {formatCount(from)} to {formatCount(to - 1)}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Report({ report }: { readonly report: NodeReport }) {
  const figures: readonly (readonly [label: string, value: string])[] = [
    ['Running for', formatSpan(report.time - report.startedAt)],
    ['Devices', formatCount(report.devices)],
    ['Clients connected', formatCount(report.clients)],
    ['Readings taken', formatCount(report.readingsTotal)],
    ['Quarantined', formatCount(report.quarantinedTotal)],
    ['Refused', formatCount(report.refusedTotal)],
    ['Without a topic map', formatCount(report.unmappedTotal)],
    ['Journal on disk', formatBytes(report.journal.sizeBytes)],
    ['Newest offset', formatCount(report.journal.headOffset)],
    ['Expired records', formatCount(report.journal.expired)],
    ['Memory', formatBytes(report.memoryBytes)],
    ['Reported at', formatClock(report.time)],
  ];
  return (
    <dl className="report">
      {figures.map(([label, value]) => (
        <Figure key={label} label={label}>
          {value}
        </Figure>
      ))}
    </dl>
  );
}

function BackLink() {
  return (
    <Link to="/nodes" className="back-link">
      <Icon name="back" size={16} />
      Nodes
    </Link>
  );
}
