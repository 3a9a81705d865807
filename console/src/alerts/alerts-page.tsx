import { useQueries } from '@tanstack/react-query';
import { type KeyboardEvent, useRef, useState } from 'react';
import { asProblem } from '../api/problem.ts';
import { alertListMax, alertsQuery } from '../api/queries.ts';
import type { AlertState, AlertView } from '../api/views.ts';
import { useHeldChanges, useWorld } from '../app/world-context.ts';
import { plural } from '../format/number.ts';
import { Choice } from '../ui/choice.tsx';
import { Card, Page } from '../ui/page.tsx';
import { Empty, Failure, Waiting } from '../ui/parts.tsx';
import type { AlertChange } from './alert-desk.ts';
import { AlertItem } from './alert-item.tsx';
import { joinAlerts, withHeld } from './held-changes.ts';
import { ShortcutHelp } from './shortcut-help.tsx';
import './alerts.css';

const states = ['active', 'acknowledged', 'cleared'] as const satisfies readonly AlertState[];
const labels = { active: 'Active', acknowledged: 'Acknowledged', cleared: 'Cleared' } as const;

export function AlertsPage() {
  const { desk, notices } = useWorld();
  const lists = useQueries({ queries: states.map((state) => alertsQuery(state)) });
  const held = useHeldChanges();
  const [state, setState] = useState<AlertState>('active');
  const alerts = withHeld(joinAlerts(lists.map(({ data }) => data ?? [])), held);
  const shown = alerts.filter((alert) => alert.state === state);
  const list = useRef<HTMLUListElement>(null);
  const failed = lists.find(({ error, data }) => error && !data);
  const isLoading = lists[states.indexOf(state)]?.isPending ?? true;

  const change = (alert: AlertView, to: AlertChange): void => {
    focusNeighbour(list.current, alert.id);
    desk.change(alert, to);
    notices.show({
      tone: 'info',
      title: to === 'cleared' ? 'Cleared' : 'Acknowledged',
      text: `${alert.device}: ${alert.message}`,
      action: { label: 'Undo', run: () => desk.undo(alert.id) },
      lastsMs: 4_800,
    });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const item = (event.target as HTMLElement).closest<HTMLElement>('[data-alert]');
    const alert = shown.find(({ id }) => id === item?.dataset['alert']);
    if (!alert || !item) return;
    const { key } = event;
    if (key === 'ArrowDown' || key === 'j') focusItem(item.nextElementSibling);
    else if (key === 'ArrowUp' || key === 'k') focusItem(item.previousElementSibling);
    else if (key === 'a' && alert.state === 'active') change(alert, 'acknowledged');
    else if (key === 'c' && alert.state !== 'cleared') change(alert, 'cleared');
    else if (key === 'u') desk.undo([...held.keys()].at(-1) ?? '');
    else return;
    event.preventDefault();
  };

  return (
    <Page title="Alerts" about={isLoading ? 'Loading the alerts …' : aboutAlerts(alerts)} actions={<ShortcutHelp />}>
      <Card className="alerts">
        <div className="alerts-tools">
          <Choice
            label="State"
            value={state}
            onChange={setState}
            items={states.map((name) => ({ name, label: <StateLabel name={name} alerts={alerts} /> }))}
          />
        </div>
        {failed?.error && <Failure problem={asProblem(failed.error)} onRetry={() => void failed.refetch()} />}
        {isLoading && !failed && <Waiting rows={5} label="Loading the alerts" />}
        {!isLoading && shown.length === 0 && <NoAlerts state={state} />}
        <ul className="alert-list" ref={list} onKeyDown={onKeyDown} aria-label={`${labels[state]} alerts`}>
          {shown.map((alert) => (
            <AlertItem key={alert.id} alert={alert} onChange={change} />
          ))}
        </ul>
        {(lists[states.indexOf(state)]?.data?.length ?? 0) >= alertListMax && (
          <p className="card-note muted">These are the newest {alertListMax}. Older ones: selvedge alert list.</p>
        )}
      </Card>
    </Page>
  );
}

function StateLabel({ name, alerts }: { readonly name: AlertState; readonly alerts: readonly AlertView[] }) {
  const count = alerts.filter(({ state }) => state === name).length;
  return (
    <>
      {labels[name]}
      <span className="choice-count">{count >= alertListMax ? `${alertListMax}+` : count}</span>
    </>
  );
}

function aboutAlerts(alerts: readonly AlertView[]): string {
  const active = alerts.filter(({ state }) => state === 'active');
  if (active.length === 0) return 'Nothing is wrong, as far as the rules can tell';
  const devices = new Set(active.map(({ device }) => device)).size;
  return `${plural(active.length, 'active alert')} on ${plural(devices, 'device')}`;
}

function NoAlerts({ state }: { readonly state: AlertState }) {
  if (state === 'active') {
    return (
      <Empty icon="check" title="No active alerts">
        <p>
          A rule raises one as soon as a reading breaks it, at the edge and within milliseconds, and it shows here by
          itself.
        </p>
      </Empty>
    );
  }
  return (
    <Empty icon="alerts" title={state === 'acknowledged' ? 'Nobody is at work on an alert' : 'Nothing was cleared yet'}>
      <p>
        {state === 'acknowledged'
          ? 'Acknowledge an active alert to tell the others that you take care of it.'
          : 'Clear an alert when its cause is gone. If it comes back, it is raised anew.'}
      </p>
    </Empty>
  );
}

/** The focus must not vanish with the alert that leaves the list. */
function focusNeighbour(list: HTMLElement | null, id: string): void {
  const item = list?.querySelector(`[data-alert="${CSS.escape(id)}"]`);
  if (item?.contains(document.activeElement)) focusItem(item.nextElementSibling ?? item.previousElementSibling);
}

function focusItem(item: Element | null): void {
  item?.querySelector<HTMLElement>('a, button')?.focus();
}
