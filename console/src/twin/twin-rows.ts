import type { TwinEvent, TwinValue, TwinView } from './twin-api.ts';

/** One field side by side. */
export interface TwinRow {
  readonly name: string;
  readonly desired: TwinValue | undefined;
  readonly reported: TwinValue | undefined;
  /** On its way to the node; there, and the device says otherwise; as it should be; or nothing is wanted of it. */
  readonly state: 'pending' | 'differs' | 'same' | 'reported';
}

/** The fields of a twin, those first that are not as they should be. */
export function twinRows({ desired, reported, pending }: TwinView): readonly TwinRow[] {
  const names = [...new Set([...Object.keys(desired), ...Object.keys(reported)])];
  const rows = names.map((name): TwinRow => {
    const state =
      desired[name] === undefined
        ? 'reported'
        : pending.includes(`desired.${name}`)
          ? 'pending'
          : sayTwinValue(desired[name]) === sayTwinValue(reported[name])
            ? 'same'
            : 'differs';
    return { name, desired: desired[name], reported: reported[name], state };
  });
  const rank = { differs: 0, pending: 1, same: 2, reported: 3 } as const;
  return rows.sort((one, other) => rank[one.state] - rank[other.state] || (one.name < other.name ? -1 : 1));
}

/** A value as a person reads it. */
export const sayTwinValue = (value: TwinValue | null | undefined): string =>
  value === null || value === undefined
    ? '—'
    : typeof value === 'string'
      ? value
      : typeof value === 'object'
        ? value.map(String).join(', ')
        : String(value);

/** `operator:ada` is ada, an operator; a person reads the name. */
export const sayWho = (by: string): string => by.slice(by.indexOf(':') + 1);

/** What a person typed for a value: JSON where it is some, else text. */
export function readTwinText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether an event can be taken back. */
export const isReversible = ({ kind, parked }: TwinEvent): boolean =>
  kind === 'edit' || (kind === 'conflict' && !parked);
