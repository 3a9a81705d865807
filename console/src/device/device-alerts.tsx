import { useQuery } from '@tanstack/react-query';
import { withHeld } from '../alerts/held-changes.ts';
import { asProblem } from '../api/problem.ts';
import { deviceAlertsQuery } from '../api/queries.ts';
import { useHeldChanges } from '../app/world-context.ts';
import { Card } from '../ui/page.tsx';
import { AlertStateBadge, Failure, Moment, SeverityMark, Waiting } from '../ui/parts.tsx';

/** What rules found wrong with this device, newest first. */
export function DeviceAlerts({ device }: { readonly device: string }) {
  const { data, error, refetch } = useQuery(deviceAlertsQuery(device));
  const held = useHeldChanges();
  return (
    <Card title="Alert history">
      {error && !data && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting rows={2} label="Loading the alerts" />}
      {data?.length === 0 && <p className="card-note muted">No rule has found anything wrong with this device.</p>}
      <ul className="alert-history">
        {withHeld(data ?? [], held).map((alert) => (
          <li key={alert.id}>
            <SeverityMark severity={alert.severity} />
            <span className="alert-history-message">
              {alert.message}
              {alert.count > 1 && <span className="muted"> × {alert.count}</span>}
            </span>
            <AlertStateBadge state={alert.state} />
            <span className="alert-history-at muted">
              <Moment at={alert.lastAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
