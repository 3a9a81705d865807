import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { AlertView } from '../api/views.ts';
import { formatNumber } from '../format/number.ts';
import { formatSpan } from '../format/time.ts';
import { Icon } from '../ui/icon.tsx';
import { Age, Moment, SeverityMark } from '../ui/parts.tsx';
import type { AlertChange } from './alert-desk.ts';

export const AlertItem = memo(function AlertItem({
  alert,
  onChange,
}: {
  readonly alert: AlertView;
  readonly onChange: (alert: AlertView, to: AlertChange) => void;
}) {
  return (
    <li className={`alert-item edge-${alert.severity}`} data-alert={alert.id}>
      <div className="alert-what">
        <p className="alert-head">
          <SeverityMark severity={alert.severity} />
          <Link to="/devices/$id" params={{ id: alert.device }} className="alert-device">
            {alert.device}
          </Link>
          <span className="muted">{alert.node}</span>
        </p>
        <p className="alert-message">{alert.message}</p>
        <p className="alert-more">
          <span>
            {alert.metric} {formatNumber(alert.value)}
          </span>
          <span>rule {alert.rule}</span>
          {alert.score !== null && <span>score {formatNumber(alert.score)}</span>}
          {alert.acknowledgedBy && <span>acknowledged by {alert.acknowledgedBy}</span>}
        </p>
      </div>
      <dl className="alert-times">
        <div>
          <dt>Count</dt>
          <dd className="alert-times-count">{alert.count}</dd>
        </div>
        <div>
          <dt>Last</dt>
          <dd>
            <Age at={alert.lastAt} />
          </dd>
        </div>
        <div>
          <dt>Raised</dt>
          <dd>
            <Moment at={alert.raisedAt} />
          </dd>
        </div>
        {alert.clearedAt !== null && (
          <div>
            <dt>Lasted</dt>
            <dd>{formatSpan(alert.clearedAt - alert.raisedAt)}</dd>
          </div>
        )}
      </dl>
      <div className="alert-actions">
        {alert.state === 'active' && (
          <button type="button" className="button" onClick={() => onChange(alert, 'acknowledged')}>
            <Icon name="check" size={16} />
            Acknowledge<span className="visually-hidden"> {alert.message}</span>
          </button>
        )}
        {alert.state !== 'cleared' && (
          <button type="button" className="button" onClick={() => onChange(alert, 'cleared')}>
            Clear<span className="visually-hidden"> {alert.message}</span>
          </button>
        )}
      </div>
    </li>
  );
});
