import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { asProblem } from '../api/problem.ts';
import { useWorld } from '../app/world-context.ts';
import { Icon } from '../ui/icon.tsx';
import { Card, Page } from '../ui/page.tsx';
import { Badge, Empty, Failure, Figure, Waiting } from '../ui/parts.tsx';
import { performWish, type TwinView, type TwinWish, twinQuery } from './twin-api.ts';
import { TwinConflicts } from './twin-conflicts.tsx';
import { TwinForm } from './twin-form.tsx';
import { TwinHistory } from './twin-history.tsx';
import { sayTwinValue, type TwinRow, twinRows } from './twin-rows.ts';
import '../device/device.css';
import '../device/command.css';
import './twin.css';

export function TwinPage() {
  const { id } = useParams({ from: '/shell/devices/$id/twin' });
  const { data: twin, error, refetch } = useQuery(twinQuery(id));
  return (
    <Page
      title={`Twin of ${id}`}
      about={
        <>
          <Link to="/devices/$id" params={{ id }} className="back-link">
            <Icon name="back" size={16} />
            {id}
          </Link>
          {twin && <span>at {twin.node}</span>}
          {twin && <code className="twin-version">{twin.version}</code>}
        </>
      }
    >
      {error && !twin && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!twin && !error && <Waiting rows={8} label="Loading the twin" />}
      {twin && <KnownTwin key={id} device={id} twin={twin} />}
    </Page>
  );
}

function KnownTwin({ device, twin }: { readonly device: string; readonly twin: TwinView }) {
  const client = useQueryClient();
  const { notices } = useWorld();
  const wish = useMutation({
    mutationFn: (one: TwinWish) => performWish(device, one),
    onSuccess(changed) {
      client.setQueryData(twinQuery(device).queryKey, changed);
      void client.invalidateQueries({ queryKey: ['twin-history', device] });
    },
    onError: (cause) => notices.fail('The twin was not changed', asProblem(cause)),
  });
  const rows = twinRows(twin);
  return (
    <div className="device-grid">
      <div className="device-main">
        {twin.conflicts.length > 0 && (
          <TwinConflicts conflicts={twin.conflicts} isBusy={wish.isPending} onWish={wish.mutate} />
        )}
        <Card title="Desired and reported" about={summaryOf(rows)}>
          {rows.length === 0 ? (
            <Empty icon="fleet" title="Nothing is desired or reported yet">
              <p>Set a field here, or let the device publish what it does on `twin/{device}/reported`.</p>
            </Empty>
          ) : (
            <FieldTable rows={rows} />
          )}
        </Card>
        <TwinHistory device={device} isBusy={wish.isPending} onWish={wish.mutate} />
      </div>
      <div className="device-side">
        <Card title="Set a field">
          <TwinForm isBusy={wish.isPending} onWish={wish.mutate} />
        </Card>
        <Pairs title="Tags" pairs={twin.tags} none="Nothing is known of it." />
        <Pairs title="Policies" pairs={twin.policy} none="When edits cross, the latest counts." />
      </div>
    </div>
  );
}

function FieldTable({ rows }: { readonly rows: readonly TwinRow[] }) {
  return (
    <table className="table table-plain twin-table">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Desired</th>
          <th scope="col">Reported</th>
          <th scope="col">
            <span className="visually-hidden">State</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, desired, reported, state }) => (
          <tr key={name} data-state={state}>
            <th scope="row">{name}</th>
            <td>{sayTwinValue(desired)}</td>
            <td>{sayTwinValue(reported)}</td>
            <td className="twin-state">
              {state === 'differs' && <Badge tone="warn">differs</Badge>}
              {state === 'pending' && <Badge tone="info">on its way</Badge>}
              {state === 'same' && <Badge tone="ok">same</Badge>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Pairs({
  title,
  pairs,
  none,
}: {
  readonly title: string;
  readonly pairs: TwinView['tags'];
  readonly none: string;
}) {
  const all = Object.entries(pairs);
  return (
    <Card title={title}>
      {all.length === 0 && <p className="card-note muted">{none}</p>}
      {all.length > 0 && (
        <dl className="facts">
          {all.map(([name, value]) => (
            <Figure key={name} label={name}>
              {sayTwinValue(value)}
            </Figure>
          ))}
        </dl>
      )}
    </Card>
  );
}

function summaryOf(rows: readonly TwinRow[]): string {
  const wrong = rows.filter(({ state }) => state === 'differs').length;
  const pending = rows.filter(({ state }) => state === 'pending').length;
  if (wrong === 0 && pending === 0) return rows.length === 0 ? '' : 'the device does what it should';
  return [
    ...(wrong > 0 ? [`${wrong} ${wrong === 1 ? 'differs' : 'differ'}`] : []),
    ...(pending > 0 ? [`${pending} on the way`] : []),
  ].join(', ');
}
