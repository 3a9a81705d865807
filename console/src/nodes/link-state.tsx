import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { auditQuery } from '../api/queries.ts';
import type { NodeView } from '../api/views.ts';
import { auditVerdict } from '../audit/verdict.ts';
import { formatCount, plural } from '../format/number.ts';
import { formatClock, formatMoment, formatSpan } from '../format/time.ts';
import { useNow } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { type LinkMemory, linkPhase } from './link-memory.ts';

/** How the link is, in words, with how far the catching up is and the proof that nothing was lost. */
export function LinkState({ node, memory }: { readonly node: NodeView; readonly memory: LinkMemory | undefined }) {
  const now = useNow();
  const phase = linkPhase(memory, node);
  return (
    <div className={`link-state is-${phase}`} aria-live="polite">
      {phase === 'online' && (
        <>
          <p className="link-word">
            <span className="link-dot" />
            Online
          </p>
          <p className="link-more">
            {node.report
              ? `Running for ${formatSpan(node.report.time - node.report.startedAt)}, reported at ${formatClock(node.report.time)}`
              : 'It has not reported yet'}
          </p>
        </>
      )}
      {phase === 'offline' && (
        <>
          <p className="link-word">
            <Icon name="cut" />
            Offline since {formatMoment(memory?.offlineSince ?? node.lastSeen, now)}
          </p>
          <p className="link-more">
            For {formatSpan(now - (memory?.offlineSince ?? node.lastSeen))}. What its devices send meanwhile it keeps
            and sends later.
          </p>
        </>
      )}
      {phase === 'catching-up' && <CatchingUp node={node} memory={memory} />}
      {phase === 'caught-up' && <CaughtUp memory={memory} />}
    </div>
  );
}

function CatchingUp({ node, memory }: { readonly node: NodeView; readonly memory: LinkMemory | undefined }) {
  const catchUp = memory?.catchUp;
  const pending = node.report?.journal.pending ?? 0;
  return (
    <>
      <p className="link-word">
        <Icon name="refresh" />
        Catching up
      </p>
      <p className="link-more">
        {catchUp && catchUp.total > 0 ? (
          <>
            {formatCount(catchUp.done)} of {plural(catchUp.total, 'record')} are here
          </>
        ) : catchUp ? (
          'It is back; counting what it has kept'
        ) : (
          <>{plural(pending, 'record')} still to come</>
        )}
      </p>
      {catchUp && catchUp.total > 0 && (
        <progress className="link-progress" value={catchUp.done} max={catchUp.total} aria-label="Caught up" />
      )}
    </>
  );
}

/** Shown until the link is cut again: the outage has ended, and the audit made since then says what of it is left. */
function CaughtUp({ memory }: { readonly memory: LinkMemory | undefined }) {
  const { data: audit, isFetching } = useQuery(auditQuery);
  const caughtUpAt = memory?.caughtUpAt ?? 0;
  const proof = audit && !isFetching ? auditVerdict(audit) : undefined;
  const happened = memory?.happened.find((one) => one.kind === 'caught-up');
  return (
    <>
      <p className="link-word">
        <span className="link-dot" />
        Online, caught up at {formatClock(caughtUpAt)}
      </p>
      <p className="link-more">
        {happened?.kind === 'caught-up' && <>{plural(happened.records, 'record')} came late. </>}
        {proof ? (
          <Link to="/audit" className={`link-proof text-${proof.tone}`}>
            {proof.figures}
          </Link>
        ) : (
          'The audit recomputes …'
        )}
      </p>
    </>
  );
}
