import { useQuery } from '@tanstack/react-query';
import { asProblem } from '../api/problem.ts';
import { quarantineQuery } from '../api/queries.ts';
import type { QuarantinedView } from '../api/views.ts';
import { formatBytes, formatCount, plural } from '../format/number.ts';
import { previewPayload } from '../format/payload.ts';
import { Card, Page } from '../ui/page.tsx';
import { Badge, Empty, Failure, Moment, Waiting } from '../ui/parts.tsx';
import './quarantine.css';

export function QuarantinePage() {
  const { data, error, refetch } = useQuery(quarantineQuery);
  return (
    <Page title="Quarantine" about={data ? about(data.total) : 'Loading …'}>
      {error && !data && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting rows={5} label="Loading the quarantine" />}
      {data && (
        <Card>
          {data.quarantined.length === 0 ? (
            <Empty icon="check" title="Nothing was refused">
              <p>
                Messages that cannot become a reading are kept here with the reason, so that none vanishes without a
                word.
              </p>
            </Empty>
          ) : (
            <ul className="quarantined">
              {data.quarantined.map((one) => (
                <Refused key={`${one.node} ${one.source} ${one.topic} ${one.receivedAt} ${one.payload}`} one={one} />
              ))}
            </ul>
          )}
          {data.total > data.quarantined.length && (
            <p className="card-note muted">
              The newest {formatCount(data.quarantined.length)} of {formatCount(data.total)}.
            </p>
          )}
        </Card>
      )}
    </Page>
  );
}

function Refused({ one }: { readonly one: QuarantinedView }) {
  const preview = previewPayload(one.payload, one.payloadBytes);
  return (
    <li className="refused">
      <p className="refused-head">
        <Badge tone="warn">{one.reason}</Badge>
        <strong>{one.source}</strong>
        <span className="muted">{one.topic}</span>
        <span className="refused-at muted">
          {one.node} · <Moment at={one.receivedAt} />
        </span>
      </p>
      <p className="refused-why">{one.why}</p>
      {preview.kind === 'empty' ? (
        <p className="muted">The message had no content.</p>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable without a mouse */}
          <pre className="payload" tabIndex={0}>
            {preview.text}
          </pre>
          <p className="refused-size muted">
            {formatBytes(one.payloadBytes)}
            {preview.kind === 'bytes' && ', shown as bytes'}
            {preview.cut > 0 && `, of which ${formatBytes(preview.cut)} were not kept`}
          </p>
        </>
      )}
    </li>
  );
}

const about = (total: number): string =>
  total === 0 ? 'Nothing refused' : `${plural(total, 'message')} refused, each with its reason`;
