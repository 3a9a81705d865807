import { useNavigate } from '@tanstack/react-router';
import {
  createColumnHelper,
  createSortedRowModel,
  type OnChangeFn,
  rowSortingFeature,
  type SortingState,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type KeyboardEvent, useMemo, useRef } from 'react';
import type { DeviceView } from '../api/views.ts';
import { useWorld } from '../app/world-context.ts';
import type { LiveStore } from '../feed/live.ts';
import { useNow, usePhone } from '../ui/hooks.ts';
import { FleetRow } from './fleet-row.tsx';
import { SortButton } from './sort-button.tsx';
import { useActiveAlerts } from './use-active-alerts.ts';
import { useVisibleRows } from './use-visible-rows.ts';

/** Pixels of a row; the style sheet has the same. */
const rowHeights = { desktop: 56, phone: 84 };
/** A live order is taken anew so often: seldom enough that nobody clicks on a row that has just left. */
const reorderMs = 5_000;

interface FleetItem {
  readonly device: DeviceView;
  readonly lastSeen: number;
  readonly alerts: number;
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
});
const helper = createColumnHelper<typeof features, FleetItem>();
const columns = helper.columns([
  helper.accessor((item) => item.device.id, { id: 'device', header: 'Device', sortFn: 'alphanumeric' }),
  helper.accessor((item) => item.device.type, { id: 'type', header: 'Type', sortFn: 'alphanumeric' }),
  helper.accessor((item) => item.device.node, { id: 'node', header: 'Node', sortFn: 'alphanumeric' }),
  helper.display({ id: 'values', header: 'Latest values' }),
  helper.display({ id: 'trend', header: 'Last 5 min' }),
  helper.accessor('lastSeen', { header: 'Last seen', sortFn: 'basic', sortDescFirst: true }),
  helper.accessor('alerts', { header: 'Alerts', sortFn: 'basic', sortDescFirst: true }),
]);

/** The devices, of which only those in sight exist as rows. Arrow keys move from row to row. */
export function FleetTable({
  devices,
  sorting,
  onSort,
}: {
  readonly devices: readonly DeviceView[];
  readonly sorting: SortingState;
  readonly onSort: OnChangeFn<SortingState>;
}) {
  const { live } = useWorld();
  const alerts = useActiveAlerts();
  const turn = Math.floor(useNow() / reorderMs);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` is when the live part of the order is looked at anew
  const data = useMemo(() => devices.map((device) => fleetItem(device, live, alerts)), [devices, live, alerts, turn]);
  const table = useTable({
    features,
    columns,
    data,
    getRowId: (item) => item.device.id,
    enableMultiSort: false,
    enableSortingRemoval: false,
    state: { sorting },
    onSortingChange: onSort,
  });
  const { rows } = table.getRowModel();
  const body = useRef<HTMLTableSectionElement>(null);
  const rowHeight = usePhone() ? rowHeights.phone : rowHeights.desktop;
  const sight = useVisibleRows(body, rows.length, rowHeight);
  const navigate = useNavigate();

  return (
    <table className="table fleet-table" aria-rowcount={rows.length + 1}>
      <caption className="visually-hidden">Devices with their latest values</caption>
      <thead>
        <tr aria-rowindex={1}>
          {table.getFlatHeaders().map((header) => (
            <SortButton
              key={header.id}
              className={`column-${header.id}`}
              label={String(header.column.columnDef.header)}
              direction={header.column.getIsSorted()}
              onSort={header.column.getCanSort() ? () => header.column.toggleSorting() : undefined}
            />
          ))}
        </tr>
      </thead>
      <tbody ref={body} onKeyDown={moveFocus}>
        {sight.spaceBefore > 0 && <Space height={sight.spaceBefore} />}
        {rows.slice(sight.first, sight.end).map((row, index) => (
          <FleetRow
            key={row.id}
            device={row.original.device}
            alerts={row.original.alerts}
            index={sight.first + index + 2}
            onOpen={() => void navigate({ to: '/devices/$id', params: { id: row.id } })}
          />
        ))}
        {sight.spaceAfter > 0 && <Space height={sight.spaceAfter} />}
      </tbody>
    </table>
  );
}

/** Stands for the rows that are out of sight. */
function Space({ height }: { readonly height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a table row takes no focus
    <tr aria-hidden="true" className="fleet-space">
      <td style={{ height }} />
    </tr>
  );
}

function fleetItem(device: DeviceView, live: LiveStore, alerts: ReadonlyMap<string, number> | undefined): FleetItem {
  return {
    device,
    lastSeen: Math.max(device.lastSeen, live.device(device.id)?.takenAt ?? 0),
    alerts: alerts ? (alerts.get(device.id) ?? 0) : device.alertsActive,
  };
}

function moveFocus(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a.device-link')];
  const next = links[links.indexOf(event.target as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
