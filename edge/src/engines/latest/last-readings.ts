import { defineMetrics } from '@selvedge/kernel';
import { type Shape, type Value, valueKind } from '@selvedge/protocol';
import type { LastReading, LastReadings, ReadingColumns } from '../../ports.ts';
import { latestMetrics } from './metrics.ts';

export interface LatestParts {
  /** Devices whose last reading is kept; beyond it one that has not been heard for long is forgotten. */
  readonly devicesMax: number;
  readonly epoch: string;
  /** What was there at the start has been taken. */
  readonly isWhole: () => boolean;
  readonly idOf: (device: number) => string;
}

/** The last durable reading of each device, built from rows in the order of the journal. */
export interface Latest extends LastReadings {
  take(columns: ReadingColumns, from: number, to: number): void;
  metrics(): string;
}

interface Entry {
  readonly id: string;
  /** When it was taken, but no later than it arrived: a device whose clock ran ahead must not stand still afterwards. */
  age: number;
  takenAt: number;
  receivedAt: number;
  offset: number;
  boot: number;
  seq: number;
  shape: Shape | undefined;
  /** Slot by slot as in `ReadingColumns`; a text is in the same slot of `texts`. */
  readonly numbers: number[];
  readonly texts: (string | undefined)[];
  /** Row of the batch that is being taken. */
  row: number;
  /** Heard since the hand came by. */
  heard: boolean;
}

export function lastReadings(parts: LatestParts): Latest {
  const { epoch, idOf, devicesMax } = parts;
  const metrics = defineMetrics(latestMetrics);
  const entries: (Entry | undefined)[] = [];
  const byId = new Map<string, Entry>();
  const watchers = new Map<string, Set<() => void>>();
  /** Devices that are kept, as a clock: the hand passes over those heard since and takes the first that was not. */
  const ring: number[] = [];
  let hand = 0;
  const touched: Entry[] = [];

  const makeRoom = (): number => {
    while (entries[ring[hand]!]!.heard) {
      entries[ring[hand]!]!.heard = false;
      hand = (hand + 1) % devicesMax;
    }
    const place = hand;
    const oldest = ring[place]!;
    byId.delete(entries[oldest]!.id);
    entries[oldest] = undefined;
    metrics.forgotten.add(1);
    hand = (hand + 1) % devicesMax;
    return place;
  };

  const begin = (device: number): Entry => {
    ring[ring.length < devicesMax ? ring.length : makeRoom()] = device;
    const one: Entry = { ...emptyEntry, id: idOf(device), numbers: [], texts: [] };
    entries[device] = one;
    byId.set(one.id, one);
    return one;
  };

  const keep = (entry: Entry, columns: ReadingColumns, row: number): void => {
    const shape = columns.shape[row]!;
    const at = columns.valueAt[row]!;
    const { length } = shape.names;
    entry.takenAt = columns.takenAt[row]!;
    entry.receivedAt = columns.receivedAt[row]!;
    entry.offset = columns.offset[row]!;
    entry.boot = columns.boot[row]!;
    entry.seq = columns.seq[row]!;
    if (entry.shape !== shape) {
      entry.shape = shape;
      entry.numbers.length = length;
      entry.texts.length = 0;
    }
    // An object of the values would cost more than all else that is done with a reading; few ever ask for one.
    for (let i = 0; i < length; i++) {
      entry.numbers[i] = columns.numbers[at + i]!;
      if (shape.kinds[i] === valueKind.text) entry.texts[i] = columns.texts.get(at + i);
    }
  };

  const readingOf = (entry: Entry): LastReading => ({
    device: entry.id,
    takenAt: entry.takenAt,
    receivedAt: entry.receivedAt,
    values: valuesOf(entry),
    ...(entry.boot < 0 ? {} : { boot: entry.boot, seq: entry.seq }),
    version: `${epoch}-${entry.offset}`,
  });

  return {
    get isWhole() {
      return parts.isWhole();
    },
    take(columns, from, to) {
      // The values of a device that comes several times are copied once.
      for (let row = from; row < to; row++) {
        const device = columns.device[row]!;
        const entry = entries[device] ?? begin(device);
        const age = Math.min(columns.takenAt[row]!, columns.receivedAt[row]!);
        entry.heard = true;
        // Arrivals go forward in the journal, unless the node's own clock was set back.
        if (age < entry.age && columns.receivedAt[row]! >= entry.receivedAt) continue;
        entry.age = age;
        if (entry.row < 0) touched.push(entry);
        entry.row = row;
      }
      for (const entry of touched) {
        keep(entry, columns, entry.row);
        entry.row = -1;
      }
      if (watchers.size > 0) for (const { id } of touched) for (const changed of watchers.get(id) ?? []) changed();
      touched.length = 0;
    },
    of(device) {
      const entry = byId.get(device);
      return entry && readingOf(entry);
    },
    *all() {
      for (const entry of byId.values()) yield readingOf(entry);
    },
    ids: () => byId.keys(),
    watch(device, changed) {
      const all = watchers.get(device) ?? new Set();
      const one = (): void => changed();
      watchers.set(device, all.add(one));
      return () => {
        if (all.delete(one) && all.size === 0) watchers.delete(device);
      };
    },
    metrics() {
      metrics.kept.set(byId.size);
      return metrics.expose();
    },
  };
}

const emptyEntry: Omit<Entry, 'id' | 'numbers' | 'texts'> = {
  age: Number.NEGATIVE_INFINITY,
  takenAt: 0,
  receivedAt: 0,
  offset: -1,
  boot: -1,
  seq: -1,
  shape: undefined,
  row: -1,
  heard: true,
};

const valuesOf = ({ shape, numbers, texts }: Entry): LastReading['values'] =>
  Object.fromEntries(shape!.names.map((name, slot) => [name, valueAt(shape!, slot, numbers, texts)]));

function valueAt(
  { kinds }: Shape,
  slot: number,
  numbers: readonly number[],
  texts: readonly (string | undefined)[],
): Value {
  if (kinds[slot] === valueKind.text) return texts[slot]!;
  return kinds[slot] === valueKind.boolean ? numbers[slot] === 1 : numbers[slot]!;
}
