import { Link } from '@tanstack/react-router';
import { type MouseEvent, memo } from 'react';
import type { DeviceView, Values } from '../api/views.ts';
import { trendRange } from '../series/range.ts';
import { useLiveDevice, useNow } from '../ui/hooks.ts';
import { Age, LiveValue, Presence } from '../ui/parts.tsx';
import { Sparkline } from '../ui/sparkline.tsx';
import { useTrend } from './use-trend.ts';

const shownValues = 3;
/** A device that spoke within this time is connected, even if the last list did not know it. */
const freshMs = 5_000;

export const FleetRow = memo(function FleetRow({
  device,
  alerts,
  index,
  onOpen,
}: {
  readonly device: DeviceView;
  readonly alerts: number;
  readonly index: number;
  readonly onOpen: () => void;
}) {
  const live = useLiveDevice(device.id);
  const now = useNow();
  const values: Values = live && live.takenAt >= device.latestAt ? { ...device.latest, ...live.values } : device.latest;
  const lastSeen = Math.max(device.lastSeen, live?.takenAt ?? 0);
  const isOnline = device.online || now - (live?.takenAt ?? 0) < freshMs;
  const trend = useTrend(device.id, values, live);
  const to = Math.floor(now / trendRange.bucketMs) * trendRange.bucketMs;

  const open = (event: MouseEvent): void => {
    // Marking text and opening in a new tab are the browser's.
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || getSelection()?.type === 'Range') return;
    onOpen();
  };

  return (
    <tr className="fleet-row" aria-rowindex={index} onClick={open}>
      <th scope="row" className="column-device">
        <div className="device-cell">
          <Presence online={isOnline} />
          <div className="device-names">
            <Link
              to="/devices/$id"
              params={{ id: device.id }}
              className="device-link"
              onClick={(event) => event.stopPropagation()}
            >
              {device.id}
            </Link>
            {device.name !== device.id && <span className="device-name">{device.name}</span>}
            <span className="device-place">
              {device.type || 'device'} · {device.node}
            </span>
          </div>
        </div>
        <ValueList values={values} shown={2} />
      </th>
      <td className="column-type">{device.type || '–'}</td>
      <td className="column-node">{device.node}</td>
      <td className="column-values">
        <ValueList values={values} shown={shownValues} />
      </td>
      <td className="column-trend">
        <Sparkline points={trend} to={to + trendRange.bucketMs} spanMs={trendRange.spanMs} />
        <span className="trend-more">
          {alerts > 0 && <AlertCount alerts={alerts} />}
          <Age at={lastSeen} />
        </span>
      </td>
      <td className="column-lastSeen">
        <Age at={lastSeen} />
      </td>
      <td className="column-alerts">
        {alerts > 0 ? <AlertCount alerts={alerts} /> : <span className="muted">–</span>}
      </td>
    </tr>
  );
});

function AlertCount({ alerts }: { readonly alerts: number }) {
  return (
    <span className="alert-count">
      {alerts}
      <span className="visually-hidden">{alerts === 1 ? ' active alert' : ' active alerts'}</span>
    </span>
  );
}

function ValueList({ values, shown }: { readonly values: Values; readonly shown: number }) {
  const entries = Object.entries(values);
  const more = entries.length - shown;
  return (
    <span className="value-list">
      {entries.slice(0, shown).map(([metric, value]) => (
        <span key={metric} className="value-item">
          <span className="value-name">{metric}</span>
          <LiveValue value={value} />
        </span>
      ))}
      {more > 0 && <span className="value-more">+{more}</span>}
    </span>
  );
}
