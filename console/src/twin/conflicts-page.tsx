import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { asProblem } from '../api/problem.ts';
import { useWorld } from '../app/world-context.ts';
import { formatCount, plural } from '../format/number.ts';
import { Card, Page } from '../ui/page.tsx';
import { Empty, Failure, Waiting } from '../ui/parts.tsx';
import { type Conflict, conflictsQuery, performWish, type TwinWish } from './twin-api.ts';
import { TwinConflicts } from './twin-conflicts.tsx';
import './twin.css';

/** The edits of the whole fleet that crossed, those that wait for a person first. */
export function ConflictsPage() {
  const { data: conflicts, error, refetch } = useQuery(conflictsQuery);
  const parked = conflicts?.filter((one) => one.parked) ?? [];
  const devices = Map.groupBy(
    (conflicts ?? []).toSorted((one, other) => Number(other.parked) - Number(one.parked)),
    ({ device }) => device,
  );
  return (
    <Page title="Conflicts" about={conflicts ? aboutOf(parked.length, devices.size) : 'Loading …'}>
      {error && !conflicts && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!conflicts && !error && <Waiting rows={5} label="Loading the conflicts" />}
      {conflicts?.length === 0 && (
        <Card>
          <Empty icon="check" title="No edits crossed">
            <p>
              When a twin is edited at the site and here while the two are apart, both values are kept and stand here
              until somebody writes over them.
            </p>
          </Empty>
        </Card>
      )}
      {[...devices].map(([device, all]) => (
        <OfDevice key={device} device={device} conflicts={all} />
      ))}
    </Page>
  );
}

function OfDevice({ device, conflicts }: { readonly device: string; readonly conflicts: readonly Conflict[] }) {
  const client = useQueryClient();
  const { notices } = useWorld();
  const wish = useMutation({
    mutationFn: (one: TwinWish) => performWish(device, one),
    onSuccess: () => client.invalidateQueries({ queryKey: conflictsQuery.queryKey }),
    onError: (cause) => notices.fail('The twin was not changed', asProblem(cause)),
  });
  const toTwin = (
    <Link to="/devices/$id/twin" params={{ id: device }} className="button">
      Twin<span className="visually-hidden"> of {device}</span>
    </Link>
  );
  return (
    <TwinConflicts title={device} actions={toTwin} conflicts={conflicts} isBusy={wish.isPending} onWish={wish.mutate} />
  );
}

const aboutOf = (parked: number, devices: number): string =>
  `${formatCount(parked)} ${parked === 1 ? 'waits' : 'wait'} for a person, at ${plural(devices, 'device')}`;
