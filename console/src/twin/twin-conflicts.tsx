import type { ReactNode } from 'react';
import { Icon } from '../ui/icon.tsx';
import { Card } from '../ui/page.tsx';
import { Badge, Moment } from '../ui/parts.tsx';
import type { TwinConflict, TwinWish } from './twin-api.ts';
import { sayTwinValue, sayWho } from './twin-rows.ts';

/** Edits that were made on both sides while these were apart, each with both values to choose from. */
export function TwinConflicts({
  title = 'Edited on both sides',
  actions,
  conflicts,
  isBusy,
  onWish,
}: {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly conflicts: readonly TwinConflict[];
  readonly isBusy: boolean;
  readonly onWish: (wish: TwinWish) => void;
}) {
  const parked = conflicts.filter((one) => one.parked).length;
  return (
    <Card
      title={title}
      actions={actions}
      about={parked > 0 ? `${parked} ${parked === 1 ? 'waits' : 'wait'} for a person` : 'decided by policy'}
    >
      <ul className="twin-conflicts">
        {conflicts.map(({ id, path, policy, parked: isParked, says, writes }) => (
          <li key={id} className="twin-conflict">
            <p className="twin-conflict-head">
              <Icon name="warn" size={16} />
              <strong>{path}</strong>
              <Badge tone={isParked ? 'bad' : 'quiet'}>{isParked ? 'waits for a person' : policy}</Badge>
              <span className="muted">says {sayTwinValue(says)}</span>
            </p>
            <div className="twin-choices">
              {writes.map((write) => (
                <button
                  key={write.replica}
                  type="button"
                  className="twin-choice"
                  disabled={isBusy}
                  onClick={() => onWish({ kind: 'resolve', event: id, take: write.replica })}
                >
                  <span className="twin-choice-side">Keep the {write.side}’s</span>
                  <span className="twin-choice-value">
                    {write.value === null ? 'deleted' : sayTwinValue(write.value)}
                  </span>
                  <span className="twin-choice-who">
                    {sayWho(write.by)}, <Moment at={write.at} />
                  </span>
                </button>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
