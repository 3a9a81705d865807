import type { Interval, NodeView } from '../api/views.ts';

/**
 * How a node's link is. `catching-up`: it is back and what it kept while cut off is on its way; `caught-up`: all of that
 * is here.
 */
export type LinkPhase = 'online' | 'offline' | 'catching-up' | 'caught-up';

export type LinkHappening =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'back'; readonly at: number; readonly after: number }
  | { readonly kind: 'caught-up'; readonly at: number; readonly records: number };

/** What the console has seen of one node's link since it was opened. */
export interface LinkMemory {
  readonly epoch: string;
  readonly online: boolean;
  readonly offlineSince: number | null;
  /** Time of the report that was known when the link was cut; only a newer one tells what was kept since. */
  readonly reportAtCut: number;
  readonly catchUp: CatchUp | null;
  /** Set while catching up is fresh news. */
  readonly caughtUpAt: number | null;
  /** Newest first. */
  readonly happened: readonly LinkHappening[];
}

export interface CatchUp {
  /** Records of the journal that the cloud had at the return. */
  readonly heldBefore: number;
  /** The journal's head in the first report after the return; null until it came. */
  readonly target: number | null;
  /** Records on their way at that report, with those that came since the return. */
  readonly total: number;
  readonly done: number;
}

const happenedMax = 50;
/** From this many pending records on, a node that was never seen cut off is still said to be catching up. */
const backlogPending = 1_000;

/** What is known of a link after one more look at its node. Pure; `now` is this browser's clock. */
export function rememberLink(memory: LinkMemory | undefined, node: NodeView, now: number): LinkMemory {
  if (memory === undefined || memory.epoch !== node.epoch) return firstLook(node);
  if (!node.online) return memory.online ? cut(memory, node) : memory;
  if (!memory.online) return followed(back(memory, node, now), node, now);
  return memory.catchUp ? followed(memory, node, now) : memory;
}

export function linkPhase(memory: LinkMemory | undefined, node: NodeView): LinkPhase {
  if (!node.online) return 'offline';
  if (memory?.catchUp) return 'catching-up';
  if ((node.report?.journal.pending ?? 0) >= backlogPending) return 'catching-up';
  return memory?.caughtUpAt != null ? 'caught-up' : 'online';
}

/** Records in the ranges, below `to` if given. */
export function heldRecords(acknowledged: readonly Interval[], to = Number.POSITIVE_INFINITY): number {
  return acknowledged.reduce((sum, [from, end]) => sum + Math.max(0, Math.min(end, to) - from), 0);
}

/** The first offset that is missing from the ranges, at or after `from`. */
function firstMissing(acknowledged: readonly Interval[], from: number): number {
  return acknowledged.find(([start, end]) => start <= from && from < end)?.[1] ?? from;
}

function firstLook(node: NodeView): LinkMemory {
  return {
    epoch: node.epoch,
    online: node.online,
    offlineSince: node.online ? null : node.lastSeen,
    reportAtCut: node.report?.time ?? 0,
    catchUp: null,
    caughtUpAt: null,
    happened: [],
  };
}

function cut(memory: LinkMemory, node: NodeView): LinkMemory {
  const happening: LinkHappening = { kind: 'cut', at: node.lastSeen };
  return {
    ...memory,
    online: false,
    offlineSince: node.lastSeen,
    reportAtCut: node.report?.time ?? 0,
    catchUp: null,
    caughtUpAt: null,
    happened: [happening, ...memory.happened].slice(0, happenedMax),
  };
}

function back(memory: LinkMemory, node: NodeView, now: number): LinkMemory {
  const happening: LinkHappening = { kind: 'back', at: now, after: now - (memory.offlineSince ?? now) };
  return {
    ...memory,
    online: true,
    offlineSince: null,
    catchUp: { heldBefore: heldRecords(node.acknowledged), target: null, total: 0, done: 0 },
    happened: [happening, ...memory.happened].slice(0, happenedMax),
  };
}

/** Everything that was journaled before the first report after the return has to be here, whatever comes meanwhile. */
function followed(memory: LinkMemory, node: NodeView, now: number): LinkMemory {
  const { catchUp } = memory;
  if (!catchUp || !node.report) return memory;
  const { firstOffset, headOffset, pending } = node.report.journal;
  const done = Math.max(catchUp.done, heldRecords(node.acknowledged) - catchUp.heldBefore);
  if (catchUp.target === null && node.report.time === memory.reportAtCut)
    return { ...memory, catchUp: { ...catchUp, done } };
  const target = catchUp.target ?? headOffset;
  const isAllHere = pending === 0 || firstMissing(node.acknowledged, firstOffset) >= target;
  if (!isAllHere) {
    const total = Math.max(catchUp.total, done + pending);
    return { ...memory, catchUp: { ...catchUp, target, total, done } };
  }
  const happening: LinkHappening = { kind: 'caught-up', at: now, records: done };
  return { ...memory, catchUp: null, caughtUpAt: now, happened: [happening, ...memory.happened].slice(0, happenedMax) };
}
