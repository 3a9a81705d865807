import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { withHeld } from '../alerts/held-changes.ts';
import { alertListMax, alertsQuery, auditQuery, nodesQuery } from '../api/queries.ts';
import type { DeviceView, NodeView } from '../api/views.ts';
import { useHeldChanges, useLinks, useWorld } from '../app/world-context.ts';
import { auditVerdict } from '../audit/verdict.ts';
import { eventsPerSecond, wholeSeconds } from '../feed/rate.ts';
import { formatCount, formatRate, plural } from '../format/number.ts';
import { formatAge } from '../format/time.ts';
import { linkPhase } from '../nodes/link-memory.ts';
import { useNow } from '../ui/hooks.ts';
import { Sparkline } from '../ui/sparkline.tsx';

/** The state of everything in one look. */
export function FleetFigures({ devices, total }: { readonly devices: readonly DeviceView[]; readonly total: number }) {
  return (
    <dl className="figures card">
      <DevicesFigure devices={devices} total={total} />
      <RateFigure />
      <AlertsFigure />
      <NodesFigure />
      <AuditFigure />
    </dl>
  );
}

function Headline({
  label,
  to,
  tone = 'plain',
  value,
  children,
}: {
  readonly label: string;
  readonly to?: '/alerts' | '/nodes' | '/audit';
  readonly tone?: 'plain' | 'ok' | 'warn' | 'bad';
  readonly value: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className="headline">
      <dt>{to ? <Link to={to}>{label}</Link> : label}</dt>
      <dd className={`headline-value text-${tone}`}>{value}</dd>
      <dd className="headline-more">{children}</dd>
    </div>
  );
}

function DevicesFigure({ devices, total }: { readonly devices: readonly DeviceView[]; readonly total: number }) {
  const { live } = useWorld();
  const now = useNow();
  // A device that speaks is connected, whatever the last list said.
  const isOnline = (device: DeviceView): boolean =>
    device.online || now - (live.device(device.id)?.takenAt ?? 0) < 5_000;
  const online = devices.filter(isOnline).length;
  const offline = devices.length - online;
  return (
    <Headline
      label="Devices online"
      value={
        <>
          {formatCount(online)}
          <span className="headline-of"> / {formatCount(total)}</span>
        </>
      }
    >
      {devices.length === 0 ? 'None yet' : offline === 0 ? 'All connected' : `${formatCount(offline)} offline`}
    </Headline>
  );
}

function RateFigure() {
  const { live } = useWorld();
  const now = useNow();
  const seconds = wholeSeconds(live.rate(), now);
  const to = Math.floor(now / 1_000) * 1_000;
  const points = seconds.map((count, index) => {
    const time = to - (seconds.length - 1 - index) * 1_000;
    return { time, count, min: count, max: count, mean: count };
  });
  return (
    <Headline label="Readings per second" value={formatRate(eventsPerSecond(live.rate(), now))}>
      <Sparkline points={points} to={to} spanMs={Math.max(1, points.length - 1) * 1_000} fromZero />
    </Headline>
  );
}

function AlertsFigure() {
  const { data } = useQuery(alertsQuery('active'));
  const held = useHeldChanges();
  const active = withHeld(data ?? [], held).filter(({ state }) => state === 'active');
  const critical = active.filter(({ severity }) => severity === 'critical').length;
  const major = active.filter(({ severity }) => severity === 'major').length;
  const parts = [critical > 0 ? `${critical} critical` : '', major > 0 ? `${major} major` : ''].filter(Boolean);
  return (
    <Headline
      label="Active alerts"
      to="/alerts"
      tone={critical > 0 ? 'bad' : active.length > 0 ? 'warn' : 'plain'}
      value={data === undefined ? '–' : active.length >= alertListMax ? `${alertListMax}+` : formatCount(active.length)}
    >
      {active.length === 0 ? 'Nothing to do' : parts.join(', ') || 'None of them urgent'}
    </Headline>
  );
}

function NodesFigure() {
  const { data: nodes } = useQuery(nodesQuery);
  const links = useLinks();
  const now = useNow();
  const online = nodes?.filter((node) => node.online).length ?? 0;
  const phases = nodes?.map((node) => linkPhase(links.get(node.id), node)) ?? [];
  const isTroubled = phases.some((phase) => phase === 'offline' || phase === 'catching-up');
  return (
    <Headline
      label="Nodes linked"
      to="/nodes"
      tone={isTroubled ? 'warn' : 'plain'}
      value={
        nodes === undefined ? (
          '–'
        ) : (
          <>
            {formatCount(online)}
            <span className="headline-of"> / {formatCount(nodes.length)}</span>
          </>
        )
      }
    >
      {nodes ? nodesWords(nodes, phases, now) : '\u00a0'}
    </Headline>
  );
}

function nodesWords(nodes: readonly NodeView[], phases: readonly string[], now: number): string {
  if (nodes.length === 0) return 'None enrolled yet';
  const away = nodes.find((_, index) => phases[index] === 'offline');
  if (away) return `${away.id} offline since ${formatAge(away.lastSeen, now).replace(' ago', '')}`;
  const pending = nodes.reduce((sum, node) => sum + (node.report?.journal.pending ?? 0), 0);
  if (phases.includes('catching-up')) return `Catching up, ${formatCount(pending)} pending`;
  return pending === 0 ? 'Backlog empty' : `${plural(pending, 'record')} on the way`;
}

function AuditFigure() {
  const { data: audit, isFetching, error } = useQuery(auditQuery);
  const now = useNow();
  if (!audit) {
    return (
      <Headline label="Audit" to="/audit" value="–">
        {error ? 'Could not be made' : isFetching ? 'Recomputing …' : 'Not made yet'}
      </Headline>
    );
  }
  const verdict = auditVerdict(audit);
  return (
    <Headline
      label="Audit"
      to="/audit"
      tone={verdict.tone}
      value={<span className="headline-words">{verdict.figures}</span>}
    >
      {isFetching ? 'Recomputing …' : `${verdict.headline}, ${formatAge(audit.at, now)}`}
    </Headline>
  );
}
