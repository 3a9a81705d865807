import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '../api/problem.ts';
import {
  commandsQuery,
  deviceAlertsQuery,
  deviceQuery,
  metricsQuery,
  nodesQuery,
  statisticsQuery,
} from '../api/queries.ts';
import type { DeviceView, Values } from '../api/views.ts';
import { useWorld } from '../app/world-context.ts';
import { trendMetricOf } from '../feed/live-device.ts';
import { formatCount } from '../format/number.ts';
import { useLiveDevice, useNow } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { Card, Page } from '../ui/page.tsx';
import { Age, Badge, Failure, Figure, Moment, Presence, Waiting } from '../ui/parts.tsx';
import { CommandPanel } from './command-panel.tsx';
import { DeviceAlerts } from './device-alerts.tsx';
import { DeviceChart } from './device-chart.tsx';
import { DeviceStatistics } from './device-statistics.tsx';
import { MetricTiles } from './metric-tiles.tsx';
import './device.css';
import './command.css';

export function DevicePage() {
  const { id } = useParams({ from: '/shell/devices/$id' });
  const { client } = useWorld();
  const { data: device, error, refetch } = useQuery(deviceQuery(client, id));
  // All parts appear together, so that none pushes another away while somebody reads it.
  const parts = useQueries({
    queries: [metricsQuery(id), commandsQuery(id), deviceAlertsQuery(id), statisticsQuery(id)],
  });
  const isWhole = parts.every(({ isPending }) => !isPending);
  if (!device || !isWhole) {
    return (
      <Page title={id} about={<BackLink />}>
        {error && !device ? (
          <Failure problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : (
          <Waiting rows={8} label="Loading the device" />
        )}
      </Page>
    );
  }
  // Another device is another page: nothing that was typed or chosen for the one may stay for the other.
  return <KnownDevice key={device.id} device={device} />;
}

function KnownDevice({ device }: { readonly device: DeviceView }) {
  const live = useLiveDevice(device.id);
  const now = useNow();
  const { data: nodes } = useQuery(nodesQuery);
  const { data: metrics } = useQuery(metricsQuery(device.id));
  const values: Values = live ? { ...device.latest, ...live.values } : device.latest;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const metric = chosen ?? trendMetricOf(values) ?? metrics?.[0];
  const lastSeen = Math.max(device.lastSeen, live?.takenAt ?? 0);
  const isOnline = device.online || now - (live?.takenAt ?? 0) < 5_000;
  const isNodeOnline = nodes?.find(({ id }) => id === (live?.node ?? device.node))?.online ?? true;

  return (
    <Page
      title={device.id}
      heading={
        <>
          <Presence online={isOnline} />
          {device.id}
        </>
      }
      about={
        <>
          <BackLink />
          {device.name !== device.id && <span>{device.name}</span>}
          {device.type && <Badge tone="quiet">{device.type}</Badge>}
          <span>
            last seen <Age at={lastSeen} />
          </span>
          {!isNodeOnline && <Badge tone="warn">{device.node} is offline</Badge>}
        </>
      }
      actions={
        <Link to="/devices/$id/twin" params={{ id: device.id }} className="button">
          Twin
        </Link>
      }
    >
      <div className="device-grid">
        <div className="device-main">
          <Card className="device-measured">
            <MetricTiles values={values} metrics={metrics ?? []} chosen={metric} onChoose={setChosen} />
            {metric === undefined ? (
              <p className="chart-none muted">No metric of this device is a number, so there is nothing to draw.</p>
            ) : (
              <DeviceChart device={device.id} metric={metric} />
            )}
          </Card>
          <DeviceAlerts device={device.id} />
          <DeviceStatistics device={device.id} />
        </div>
        <div className="device-side">
          <CommandPanel device={device.id} isNodeOnline={isNodeOnline} />
          <Facts device={device} readings={Math.max(device.readingsTotal, live?.readingsTotal ?? 0)} />
        </div>
      </div>
    </Page>
  );
}

function Facts({ device, readings }: { readonly device: DeviceView; readonly readings: number }) {
  return (
    <Card title="Facts">
      <dl className="facts">
        <Figure label="Name">{device.name}</Figure>
        <Figure label="Type">{device.type || 'not told'}</Figure>
        <Figure label="Heard through">
          <Link to="/nodes/$id" params={{ id: device.node }}>
            {device.node}
          </Link>
        </Figure>
        <Figure label="Readings kept">{formatCount(readings)}</Figure>
        <Figure label="First seen">
          <Moment at={device.firstSeen} />
        </Figure>
      </dl>
    </Card>
  );
}

function BackLink() {
  return (
    <Link to="/" className="back-link">
      <Icon name="back" size={16} />
      Fleet
    </Link>
  );
}
