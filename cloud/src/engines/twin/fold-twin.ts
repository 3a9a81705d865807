import { type Decoded, decoded } from '@selvedge/kernel';
import {
  cloudReplica,
  editTwin,
  type Field,
  type Merged,
  mergeTwin,
  newTwin,
  noField,
  seenOf,
  stampDriftMax,
  type Twin,
  type TwinEdit,
  type TwinEvent,
  type TwinRecord,
  twinMax,
} from '@selvedge/protocol';

/** A twin as the cloud keeps it. */
export interface TwinState {
  readonly twin: Twin;
  /** The newest of the cloud's edits that the node has durably, by path. */
  readonly confirmed: Readonly<Record<string, number>>;
  /** When the device was last found at another node. */
  readonly movedAt: number;
}

/** What happened to a twin, with the field as it was afterwards: whoever has the last of these of each path has the twin. */
export interface TwinStep {
  readonly event: TwinEvent;
  readonly field: Field;
}

export interface FoldedTwin {
  readonly state: TwinState;
  readonly steps: readonly TwinStep[];
  readonly merged: Merged;
}

/** The clock by which the cloud works; its drift bounds that of the nodes, which follow it. */
const momentAt = (now: number) => ({ now: Math.floor(now), driftMax: stampDriftMax });

/** A twin that nobody has edited yet, at the node through which its device is heard. */
export const freshTwin = (device: string, node: string, at: number): TwinState => ({
  twin: newTwin(device, { node, term: 1 }),
  confirmed: {},
  movedAt: at,
});

/** A record of a node has arrived. Repeated, it changes nothing; one that is too late does not bring the device back. */
export function recordArrived(before: TwinState, record: TwinRecord, node: string, now: number): FoldedTwin {
  const moved = moveTwin(before, node, record.at, now);
  const merged = mergeTwin(moved.twin, record, momentAt(now));
  const confirmed = { ...moved.confirmed };
  if (node === merged.twin.owner.node) {
    for (const [path, { seen }] of Object.entries(record.fields)) {
      const number = seenOf(seen, cloudReplica);
      if (number > (confirmed[path] ?? 0)) confirmed[path] = number;
    }
  }
  const events = [...merged.events, ...record.events];
  return { state: { ...moved, twin: merged.twin, confirmed }, steps: stepsOf(merged.twin, events), merged };
}

/**
 * The device was heard through a node at a time, by the node's clock. Another node than before is its owner from then on,
 * unless that was before it moved last. A clock that was ahead, there or here, must not hold it for ever.
 */
export function moveTwin(before: TwinState, node: string, heardAt: number, now: number): TwinState {
  const { owner } = before.twin;
  const at = Math.min(heardAt, now);
  if (owner.node === node || at <= Math.min(before.movedAt, now - 1)) return before;
  return {
    twin: { ...before.twin, owner: { node, term: owner.term + 1 } },
    // What the other node has confirmed says nothing of this one.
    confirmed: {},
    movedAt: at,
  };
}

/** Somebody edits in the cloud. Gives why not. */
export function editArrived(
  before: TwinState,
  edits: readonly TwinEdit[],
  about: { readonly by: string; readonly about?: string; readonly now: number },
): Decoded<FoldedTwin> {
  const edited = editTwin(before.twin, edits, { ...about, ...momentAt(about.now), replica: cloudReplica });
  if (!edited.ok) return edited;
  const merged = edited.value;
  return decoded({ state: { ...before, twin: merged.twin }, steps: stepsOf(merged.twin, merged.events), merged });
}

/** Desired fields that the cloud has edited and the node has not confirmed. */
export function pendingPaths({ twin, confirmed }: TwinState): readonly string[] {
  const isPending = ([path, { writes }]: readonly [string, Field]): boolean =>
    writes.some(({ replica, n }) => replica === cloudReplica && n > (confirmed[path] ?? 0));
  return Object.entries(twin.fields)
    .filter(isPending)
    .map(([path]) => path)
    .sort();
}

/** Rows of history beyond the bound are let go in pieces, so that not every event costs a deletion. */
export const historySlack = Math.floor(twinMax.events / 10);

const stepsOf = (twin: Twin, events: readonly TwinEvent[]): readonly TwinStep[] =>
  events.map((event) => ({ event, field: twin.fields[event.path] ?? noField }));
