import { digestOf, newTwin, rootOf, sizeOfTwin, type Twin } from '@selvedge/protocol';

interface Entry {
  /** What was decided last; it may still be on its way to the disk. */
  latest: Twin;
  /** What the journal holds: this is in force. */
  durable: Twin;
  sizeBytes: number;
}

/** The twins of a node in memory. */
export interface TwinBook {
  latest(device: string): Twin | undefined;
  durable(device: string): Twin | undefined;
  /** Whether a twin may take the place of what is there. */
  hasRoom(twin: Twin): boolean;
  decide(twin: Twin): void;
  /** What was decided is durable now. Gives what was in force before. */
  settle(twin: Twin): Twin;
  all(): Iterable<Twin>;
  /** Versions of the twins that are in force and whose devices are here. */
  digests(): readonly (readonly [device: string, digest: string])[];
  root(): string;
  readonly count: number;
  readonly sizeBytes: number;
}

/** `sizeMax` bounds all twins together, as JSON. */
export function twinBook(node: string, sizeMax: number): TwinBook {
  const entries = new Map<string, Entry>();
  /** Versions by twin: those that do not change are not computed again. */
  const known = new WeakMap<Twin, string>();
  let sizeBytes = 0;

  const digest = (twin: Twin): string => {
    const found = known.get(twin) ?? digestOf(twin);
    known.set(twin, found);
    return found;
  };

  const digests = () =>
    [...entries.values()]
      .map(({ durable }) => durable)
      .filter((twin) => twin.owner.node === node && Object.keys(twin.fields).length > 0)
      .map((twin) => [twin.device, digest(twin)] as const);

  return {
    latest: (device) => entries.get(device)?.latest,
    durable: (device) => entries.get(device)?.durable,
    hasRoom: (twin) => sizeBytes + sizeOfTwin(twin) - (entries.get(twin.device)?.sizeBytes ?? 0) <= sizeMax,
    decide(twin) {
      const before = entries.get(twin.device);
      const entry = before ?? { latest: twin, durable: newTwin(twin.device, twin.owner), sizeBytes: 0 };
      const size = sizeOfTwin(twin);
      sizeBytes += size - entry.sizeBytes;
      entry.latest = twin;
      entry.sizeBytes = size;
      entries.set(twin.device, entry);
    },
    settle(twin) {
      const entry = entries.get(twin.device)!;
      const before = entry.durable;
      entry.durable = twin;
      return before;
    },
    all: () => [...entries.values()].map(({ durable }) => durable),
    digests,
    root: () => rootOf(digests()),
    get count() {
      return entries.size;
    },
    get sizeBytes() {
      return sizeBytes;
    },
  };
}
