import type { Status, Value } from '@selvedge/protocol';

/** What the registry keeps of a device. */
export interface DeviceState {
  /** The node it was last heard through. */
  readonly node: string;
  readonly name: string;
  readonly type: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** What it was last heard to be, by a reading or a status. */
  readonly online: boolean;
  readonly readingsTotal: number;
  /** Readings that came again under a name stored before. */
  readonly duplicatesTotal: number;
  /** The newest value of each name; `latestAt` is when the newest of them was taken. */
  readonly latest: Readonly<Record<string, Value>>;
  readonly latestAt: number;
  /** When the status was that gave its name and type. */
  readonly toldAt: number;
}

/** Readings of one device, folded so far that the registry's state can take them in one go. */
export interface Heard {
  readonly node: string;
  readonly stored: number;
  readonly duplicates: number;
  readonly firstReceived: number;
  readonly lastReceived: number;
  /** Sets of values, each with its time, oldest first. */
  readonly values: readonly { readonly takenAt: number; readonly values: Readonly<Record<string, Value>> }[];
}

/** A device that invents names for ever must not fill its row: then only the newest reading's values stay. */
const latestMax = 256;

/** A device of which nothing but its first sign of life is known. */
export const newDevice = (id: string, node: string, at: number): DeviceState => ({
  node,
  name: id,
  type: 'unknown',
  firstSeen: at,
  lastSeen: at,
  online: true,
  readingsTotal: 0,
  duplicatesTotal: 0,
  latest: {},
  latestAt: Number.MIN_SAFE_INTEGER,
  toldAt: Number.MIN_SAFE_INTEGER,
});

export function hearReadings(before: DeviceState, heard: Heard): DeviceState {
  let { latest, latestAt } = before;
  for (const one of heard.values) {
    const isNewer = one.takenAt >= latestAt;
    // Values that come late only add names that were not there.
    latest = isNewer ? merged(latest, one.values) : merged(one.values, latest);
    if (isNewer) latestAt = one.takenAt;
  }
  const isLast = heard.lastReceived >= before.lastSeen;
  return {
    ...before,
    node: isLast ? heard.node : before.node,
    online: isLast ? true : before.online,
    firstSeen: Math.min(before.firstSeen, heard.firstReceived),
    lastSeen: Math.max(before.lastSeen, heard.lastReceived),
    readingsTotal: before.readingsTotal + heard.stored,
    duplicatesTotal: before.duplicatesTotal + heard.duplicates,
    latest,
    latestAt,
  };
}

/** Its readings stayed at the site, and the node has said so. */
export function hearFolded(before: DeviceState, node: string, at: number): DeviceState {
  return at < before.lastSeen ? before : { ...before, node, online: true, lastSeen: at };
}

/**
 * Whether it is online is believed unless something newer was heard. The device's own words may carry its `name` and
 * `type`, which are also believed late, for statuses travel behind readings; but not behind a newer status, which an older
 * one from a backlog may follow.
 */
export function hearStatus(before: DeviceState, status: Status, node: string): DeviceState {
  const detail = (typeof status.detail === 'object' ? status.detail : null) as Readonly<Record<string, unknown>> | null;
  if (status.at < before.toldAt) return before;
  const name = shortText(detail?.['name']) ?? before.name;
  const type = shortText(detail?.['type']) ?? before.type;
  const told = { ...before, name, type, toldAt: status.at };
  if (status.at < before.lastSeen) return told;
  return { ...told, node, online: status.online, lastSeen: status.at };
}

/** Members of `newer` win. `Object.fromEntries` keeps a name such as `__proto__` a name. */
function merged(
  older: Readonly<Record<string, Value>>,
  newer: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const all = Object.fromEntries([...Object.entries(older), ...Object.entries(newer)]);
  return Object.keys(all).length > latestMax ? newer : all;
}

const shortText = (raw: unknown): string | undefined =>
  typeof raw === 'string' && raw.length > 0 && raw.length <= 128 ? raw : undefined;
