import { type ReactNode, useRef } from 'react';
import type { Problem } from '../api/problem.ts';
import type { AlertState, Severity, Value } from '../api/views.ts';
import { formatValue } from '../format/number.ts';
import { formatAge, formatMoment, formatWhole } from '../format/time.ts';
import { useNow } from './hooks.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'quiet';

export function Badge({
  tone,
  icon,
  children,
}: {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly children: ReactNode;
}) {
  return (
    <span className={`badge tone-${tone}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

/** Whether something is connected, by form as well as by colour. */
export function Presence({ online }: { readonly online: boolean }) {
  return (
    <span className={online ? 'presence is-online' : 'presence'}>
      <span className="visually-hidden">{online ? 'online' : 'offline'}</span>
    </span>
  );
}

const severityTone: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  major: 'major',
  minor: 'minor',
  info: 'info',
};

export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return <span className={`severity severity-${severityTone[severity]}`}>{severity}</span>;
}

export function AlertStateBadge({ state }: { readonly state: AlertState }) {
  return <Badge tone={state === 'active' ? 'bad' : state === 'acknowledged' ? 'warn' : 'quiet'}>{state}</Badge>;
}

/** How long ago, kept true; the exact time on hover. */
export function Age({ at }: { readonly at: number }) {
  const now = useNow();
  if (at <= 0) return <span className="muted">never</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={formatWhole(at)}>
      {formatAge(at, now)}
    </time>
  );
}

export function Moment({ at }: { readonly at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={formatWhole(at)}>
      {formatMoment(at, now)}
    </time>
  );
}

/** A value that marks for a moment that it has changed. */
export function LiveValue({ value }: { readonly value: Value | undefined }) {
  const isFraction = useRef(false);
  isFraction.current ||= typeof value === 'number' && !Number.isInteger(value);
  const text = formatValue(value, isFraction.current);
  return (
    <span key={text} className="live-value" title={typeof value === 'string' ? value : undefined}>
      {text}
    </span>
  );
}

/** Words in which `code` stands between backticks, as hints have it. */
export function Words({ text }: { readonly text: string }) {
  return text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one unchanging text
    index % 2 === 0 ? part : <code key={index}>{part}</code>,
  );
}

export function Failure({ problem, onRetry }: { readonly problem: Problem; readonly onRetry?: () => void }) {
  return (
    <div className="failure" role="alert">
      <Icon name="warn" size={20} />
      <div>
        <p className="failure-title">{problem.title}</p>
        <p className="failure-detail">
          <Words text={problem.detail} />
        </p>
        <p className="failure-hint">
          <Words text={problem.hint} />
        </p>
        {onRetry && (
          <button type="button" className="button" onClick={onRetry}>
            <Icon name="refresh" size={16} />
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** The place of something that is still being fetched, in its later height, so that nothing moves when it comes. */
export function Waiting({ rows = 3, label }: { readonly rows?: number; readonly label: string }) {
  return (
    <div className="waiting" role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars that are all alike and never change places
        <span key={row} className="waiting-bar" />
      ))}
    </div>
  );
}

export function Figure({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
