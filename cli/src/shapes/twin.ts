import type { TwinValue } from '@selvedge/protocol';
import { alignColumns } from '../text/columns.ts';

/** What the verbs use of the API's answers about twins. Times are milliseconds since the Unix epoch. */
export interface TwinView {
  readonly device: string;
  readonly node: string;
  readonly version: string;
  readonly desired: Readonly<Record<string, TwinValue>>;
  readonly reported: Readonly<Record<string, TwinValue>>;
  readonly tags: Readonly<Record<string, TwinValue>>;
  readonly policy: Readonly<Record<string, string>>;
  readonly pending: readonly string[];
  readonly conflicts: readonly ConflictView[];
}

export interface WriteView {
  readonly replica: string;
  readonly side: 'edge' | 'cloud';
  readonly value: TwinValue | null;
  readonly by: string;
  readonly at: number;
}

export interface ConflictView {
  readonly id: string;
  readonly device: string;
  readonly path: string;
  readonly policy: string;
  readonly parked: boolean;
  readonly says: TwinValue | null;
  readonly writes: readonly WriteView[];
}

export interface TwinEventView {
  readonly sequence: number;
  readonly id: string;
  readonly kind: 'edit' | 'conflict' | 'clamp';
  readonly path: string;
  readonly at: number;
  readonly writes: readonly WriteView[];
  readonly before: TwinValue | null;
  readonly after: TwinValue | null;
  readonly policy: string | null;
  readonly parked: boolean;
  readonly about: string | null;
}

const writeJson = ({ replica, side, value, by, at }: WriteView) => ({ replica, side, value, by, at_ms: at });

/** A conflict as `--json` gives it. */
export const conflictJson = (one: ConflictView) => ({ ...one, writes: one.writes.map(writeJson) });

/** A twin as `--json` gives it. */
export const twinJson = (twin: TwinView) => ({ ...twin, conflicts: twin.conflicts.map(conflictJson) });

/** An event as `--json` gives it. */
export const twinEventJson = ({ at, ...event }: TwinEventView) => ({
  ...event,
  at_ms: at,
  writes: event.writes.map(writeJson),
});

/** A value as a person reads it; nothing is a dash. */
export const sayValue = (value: TwinValue | null | undefined): string =>
  value === null || value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);

/** The whole twin in lines. */
export function sayTwin(twin: TwinView): string {
  const names = [...new Set([...Object.keys(twin.desired), ...Object.keys(twin.reported)])].sort((one, other) =>
    one < other ? -1 : 1,
  );
  const rows = names.map((name) => [
    name,
    sayValue(twin.desired[name]),
    sayValue(twin.reported[name]),
    stateOf(twin, name),
  ]);
  const facts = [
    ['device', twin.device],
    ['node', twin.node],
    ['version', twin.version],
    ...Object.entries(twin.tags).map(([name, value]) => [`tag ${name}`, sayValue(value)]),
    ...Object.entries(twin.policy).map(([path, policy]) => [`policy ${path}`, policy]),
    ...twin.conflicts.map(({ id, path, parked }) => [
      `conflict ${id}`,
      `${path}${parked ? ' waits for a person' : ''}`,
    ]),
  ];
  const head = ['FIELD', 'DESIRED', 'REPORTED', ''];
  return alignColumns(facts) + (rows.length === 0 ? '' : `\n${alignColumns([head, ...rows])}`);
}

function stateOf({ desired, reported, pending }: TwinView, name: string): string {
  if (pending.includes(`desired.${name}`)) return 'on its way to the node';
  if (desired[name] === undefined) return '';
  return sayValue(desired[name]) === sayValue(reported[name]) ? '' : 'differs';
}

/** Where the API has the twin of a device. */
export const twinPath = (device: string): string => `/v1/devices/${encodeURIComponent(device)}/twin`;

/** Reads what a person typed for a value: JSON where it is some, else text. */
export function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
