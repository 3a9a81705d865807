import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { asProblem } from '../api/problem.ts';
import { nodesQuery } from '../api/queries.ts';
import type { NodeView } from '../api/views.ts';
import { useLinks } from '../app/world-context.ts';
import { formatBytes, formatCount, plural } from '../format/number.ts';
import { CopyLine } from '../ui/copy-line.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Failure, Figure, Waiting } from '../ui/parts.tsx';
import { JournalBar } from './journal-bar.tsx';
import { linkPhase } from './link-memory.ts';
import { LinkState } from './link-state.tsx';
import './nodes.css';

export function NodesPage() {
  const { data: nodes, error, refetch } = useQuery(nodesQuery);
  return (
    <Page title="Nodes" about={nodes ? aboutNodes(nodes) : 'Loading the nodes …'}>
      {error && !nodes && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!nodes && !error && <Waiting rows={4} label="Loading the nodes" />}
      {nodes?.length === 0 && (
        <section className="card">
          <Empty icon="nodes" title="No node is enrolled">
            <p>A node runs near the devices and keeps what they send. This starts one with a new one-time token:</p>
            <CopyLine text="npx --no-install selvedge edge --help" label="Copy the command" />
          </Empty>
        </section>
      )}
      <div className="node-cards">
        {nodes?.map((node) => (
          <NodeCard key={node.id} node={node} />
        ))}
      </div>
    </Page>
  );
}

function NodeCard({ node }: { readonly node: NodeView }) {
  const memory = useLinks().get(node.id);
  const phase = linkPhase(memory, node);
  const report = node.report;
  return (
    <section className={`card node-card is-${phase}`} aria-label={node.id}>
      <header className="node-head">
        <h2>
          <Link to="/nodes/$id" params={{ id: node.id }}>
            {node.id}
          </Link>
        </h2>
        <span className="muted">epoch {node.epoch}</span>
      </header>
      <LinkState node={node} memory={memory} />
      <JournalBar node={node} />
      {report && (
        <dl className="node-figures">
          <Figure label="Devices">{formatCount(report.devices)}</Figure>
          <Figure label="Journal">{formatBytes(report.journal.sizeBytes)}</Figure>
          <Figure label="Quarantined">{formatCount(report.quarantinedTotal)}</Figure>
          <Figure label="Memory">{formatBytes(report.memoryBytes)}</Figure>
        </dl>
      )}
    </section>
  );
}

function aboutNodes(nodes: readonly NodeView[]): string {
  const online = nodes.filter((node) => node.online).length;
  return `${plural(nodes.length, 'edge node')}, ${formatCount(online)} linked now`;
}
