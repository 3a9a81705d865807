import { type OutboxLane, outboxLanes } from '../../ports.ts';

export interface WindowLimits {
  readonly sizeMax: number;
  readonly readingsMax: number;
  readonly whenFull: 'refuse' | 'drop-oldest';
}

/** A reading that waits in the outbox. */
export interface Waiting {
  readonly offset: number;
  readonly lane: OutboxLane;
  readonly sizeBytes: number;
}

/** What to do with a reading that wants in: take it once `drop` have given way, or refuse it. */
export type Verdict<Entry> = { readonly take: true; readonly drop: readonly Entry[] } | { readonly take: false };

/**
 * Which readings wait, which are in flight, and who gives way when there is no more room. Decides only; it holds no
 * payloads.
 *
 * - [DEV-3] A reading leaves the outbox when the edge acknowledged it, or, when expendable, for a newer one.
 * - [DEV-4] What is in flight when the connection is lost waits again.
 */
export interface OutboxWindow<Entry extends Waiting> {
  readonly count: number;
  readonly sizeBytes: number;
  readonly inFlight: number;
  admit(sizeBytes: number): Verdict<Entry>;
  add(entry: Entry): void;
  find(offset: number): Entry | undefined;
  sent(offset: number): void;
  /** Forgets a reading that is done with, and gives the first place of its lane that is not. */
  finish(entry: Entry): number;
  /** Forgets a reading that the disk refused; its place will be given again. */
  forget(entry: Entry): void;
  /** The connection is lost: nothing is in flight any more. */
  recall(): void;
  /** The first place that waits or is in flight. */
  first(): number | undefined;
  /** Everything that waits, in no particular order. */
  all(): Iterable<Entry>;
}

export function outboxWindow<Entry extends Waiting>(limits: WindowLimits): OutboxWindow<Entry> {
  // A map remembers the order of arrival, which is the order of places: its first key is the oldest.
  const lanes: Readonly<Record<OutboxLane, Map<number, Entry>>> = { kept: new Map(), expendable: new Map() };
  const finishedTo: Record<OutboxLane, number> = { kept: 0, expendable: 0 };
  const flying = new Set<number>();
  let sizeBytes = 0;
  const count = (): number => lanes.kept.size + lanes.expendable.size;

  const overflow = (incoming: number): readonly Entry[] | undefined => {
    const drop: Entry[] = [];
    let size = sizeBytes + incoming;
    let readings = count() + 1;
    const fits = (): boolean => size <= limits.sizeMax && readings <= limits.readingsMax;
    if (fits()) return drop;
    if (limits.whenFull === 'refuse') return undefined;
    for (const entry of lanes.expendable.values()) {
      if (flying.has(entry.offset)) continue;
      drop.push(entry);
      size -= entry.sizeBytes;
      readings -= 1;
      if (fits()) return drop;
    }
    return undefined;
  };

  const forget = (entry: Entry): void => {
    const lane = lanes[entry.lane];
    // By now the place may belong to a later reading.
    if (lane.get(entry.offset) === entry) lane.delete(entry.offset);
    sizeBytes -= entry.sizeBytes;
  };

  return {
    get count() {
      return count();
    },
    get sizeBytes() {
      return sizeBytes;
    },
    get inFlight() {
      return flying.size;
    },
    admit(incoming) {
      const drop = overflow(incoming);
      return drop ? { take: true, drop } : { take: false };
    },
    add(entry) {
      lanes[entry.lane].set(entry.offset, entry);
      sizeBytes += entry.sizeBytes;
    },
    find: (offset) => lanes.kept.get(offset) ?? lanes.expendable.get(offset),
    sent: (offset) => void flying.add(offset),
    finish(entry) {
      forget(entry);
      flying.delete(entry.offset);
      finishedTo[entry.lane] = Math.max(finishedTo[entry.lane], entry.offset + 1);
      return first(lanes[entry.lane]) ?? finishedTo[entry.lane];
    },
    forget,
    recall: () => flying.clear(),
    first() {
      const places = outboxLanes.map((name) => first(lanes[name])).filter((place) => place !== undefined);
      return places.length === 0 ? undefined : Math.min(...places);
    },
    *all() {
      yield* lanes.kept.values();
      yield* lanes.expendable.values();
    },
  };
}

const first = (lane: ReadonlyMap<number, unknown>): number | undefined => lane.keys().next().value;
