import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { SortingState } from '@tanstack/react-table';
import { useDeferredValue, useState } from 'react';
import { asProblem } from '../api/problem.ts';
import { fleetMax, fleetQuery } from '../api/queries.ts';
import { useWorld } from '../app/world-context.ts';
import { formatCount, plural } from '../format/number.ts';
import { ConflictsLink } from '../twin/conflicts-link.tsx';
import { CopyLine } from '../ui/copy-line.tsx';
import { Icon } from '../ui/icon.tsx';
import { Card, Page } from '../ui/page.tsx';
import { Empty, Failure, Waiting } from '../ui/parts.tsx';
import { FleetFigures } from './fleet-figures.tsx';
import { filterFleet, typesOf } from './fleet-rows.ts';
import { FleetTable } from './fleet-table.tsx';
import './fleet-figures.css';
import './fleet.css';

export function FleetPage() {
  const { client } = useWorld();
  const search = useSearch({ from: '/shell/' });
  const navigate = useNavigate({ from: '/' });
  const [text, setText] = useState(search.text ?? '');
  const type = search.type ?? '';
  const wanted = useDeferredValue(text);
  const [sorting, setSorting] = useState<SortingState>([{ id: 'device', desc: false }]);

  const whole = useQuery(fleetQuery(client));
  const isHuge = (whole.data?.total ?? 0) > fleetMax && (wanted !== '' || type !== '');
  const found = useQuery({
    ...fleetQuery(client, { text: wanted.trim().split(/\s+/)[0] ?? '', type }),
    enabled: isHuge,
  });
  const { data, error, refetch } = isHuge ? found : whole;

  const devices = data?.devices ?? [];
  const shown = filterFleet(devices, { text: wanted, type, node: search.node ?? '' });
  const setSearch = (change: { text?: string; type?: string; node?: string }): void => {
    const next = { ...search, text, ...change };
    const kept = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== ''));
    void navigate({ search: kept, replace: true });
  };

  return (
    <Page title="Fleet" about={<FleetAbout shown={shown.length} total={data?.total} />} actions={<ConflictsLink />}>
      <FleetFigures devices={whole.data?.devices ?? []} total={whole.data?.total ?? 0} />
      <Card className="fleet">
        {data?.total !== 0 && (
          <search className="fleet-tools">
            <label className="field-search">
              <span className="visually-hidden">Search devices</span>
              <Icon name="search" />
              <input
                type="search"
                className="input"
                placeholder="Search by id, name, type or node"
                value={text}
                onChange={(event) => setText(event.target.value)}
                onBlur={() => setSearch({ text })}
              />
            </label>
            <label className="field-inline">
              <span className="visually-hidden">Type</span>
              <select
                className="input select"
                value={type}
                onChange={(event) => setSearch({ type: event.target.value })}
              >
                <option value="">All types</option>
                {typesOf(whole.data?.devices ?? []).map((one) => (
                  <option key={one.type} value={one.type}>
                    {one.type === '' ? 'without a type' : one.type} ({formatCount(one.count)})
                  </option>
                ))}
              </select>
            </label>
            <label className="field-inline phone-only">
              <span className="visually-hidden">Order</span>
              <select
                className="input select"
                value={sorting[0]?.id}
                onChange={({ target }) => setSorting([{ id: target.value, desc: target.value !== 'device' }])}
              >
                <option value="device">By id</option>
                <option value="alerts">Alerts first</option>
                <option value="lastSeen">Last seen first</option>
              </select>
            </label>
            {search.node && (
              <button type="button" className="button" onClick={() => setSearch({ node: '' })}>
                Node {search.node}
                <Icon name="close" size={14} />
                <span className="visually-hidden">, show all nodes</span>
              </button>
            )}
          </search>
        )}
        {error && !data && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
        {!data && !error && <Waiting rows={12} label="Loading the devices" />}
        {data && data.total === 0 && <NoDevices />}
        {data && data.total > 0 && shown.length === 0 && (
          <Empty icon="search" title="No device matches">
            <p>Take words away, or look at all types.</p>
            <button
              type="button"
              className="button"
              onClick={() => {
                setText('');
                setSearch({ text: '', type: '', node: '' });
              }}
            >
              Show all devices
            </button>
          </Empty>
        )}
        {shown.length > 0 && <FleetTable devices={shown} sorting={sorting} onSort={setSorting} />}
        {data?.isComplete && data.total > devices.length && (
          <p className="card-note muted">
            These are the first {formatCount(devices.length)}. Search to find one of the others.
          </p>
        )}
      </Card>
    </Page>
  );
}

function FleetAbout({ shown, total }: { readonly shown: number; readonly total: number | undefined }) {
  if (total === undefined) return <>Loading the devices …</>;
  if (shown === total) return <>{plural(total, 'device')}, live</>;
  return (
    <>
      {formatCount(shown)} of {plural(total, 'device')}
    </>
  );
}

function NoDevices() {
  const host = location.hostname === 'localhost' ? '127.0.0.1' : location.hostname;
  return (
    <Empty icon="fleet" title="No device has spoken yet">
      <p>A device appears here with its first reading. Send one to the MQTT door of a node:</p>
      <CopyLine
        label="Copy the command"
        text={`mosquitto_pub -V mqttv5 -h ${host} -p 1883 -t sensors/pump-7/data -q 1 -m '{"temperature":71.5,"humidity":40}'`}
      />
    </Empty>
  );
}
