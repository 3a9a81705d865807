import { useQuery } from '@tanstack/react-query';
import { asProblem } from '../api/problem.ts';
import { Icon } from '../ui/icon.tsx';
import { Card } from '../ui/page.tsx';
import { Failure, Moment, Waiting } from '../ui/parts.tsx';
import { type TwinEvent, type TwinWish, twinHistoryQuery } from './twin-api.ts';
import { isReversible, sayTwinValue, sayWho } from './twin-rows.ts';

/** What happened to the twin, newest first; most of it can be taken back. */
export function TwinHistory({
  device,
  isBusy,
  onWish,
}: {
  readonly device: string;
  readonly isBusy: boolean;
  readonly onWish: (wish: TwinWish) => void;
}) {
  const { data, error, refetch } = useQuery(twinHistoryQuery(device));
  return (
    <Card title="History">
      {error && !data && <Failure problem={asProblem(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting rows={4} label="Loading the history" />}
      {data?.length === 0 && <p className="card-note muted">Nothing has happened to this twin.</p>}
      <ul className="twin-history">
        {(data ?? []).map((event) => (
          <li key={event.id} data-kind={event.kind}>
            <div className="twin-event">
              <p>
                <strong>{event.path}</strong> {wordsOf(event)}
              </p>
              <p className="muted twin-event-when">
                {event.kind === 'edit' && `${sayWho(event.writes[0]?.by ?? '')} at the ${event.writes[0]?.side}, `}
                <Moment at={event.at} />
                {event.about !== null && ', settles an earlier event'}
              </p>
            </div>
            {isReversible(event) && (
              <button
                type="button"
                className="button"
                disabled={isBusy}
                aria-label={`Undo: ${event.path} ${wordsOf(event)}`}
                onClick={() => onWish({ kind: 'undo', event: event.id })}
              >
                <Icon name="undo" size={16} />
                Undo
              </button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function wordsOf({ kind, writes, before, after, policy, parked }: TwinEvent): string {
  switch (kind) {
    case 'edit':
      return after === null
        ? `deleted, was ${sayTwinValue(before)}`
        : `${sayTwinValue(before)} → ${sayTwinValue(after)}`;
    case 'conflict': {
      const both = writes.map(({ side, value }) => `${side} ${sayTwinValue(value)}`).join(', ');
      return parked
        ? `edited on both sides: ${both}`
        : `edited on both sides: ${both}; ${policy} gives ${sayTwinValue(after)}`;
    }
    case 'clamp':
      return 'came from a clock that was ahead';
  }
}
