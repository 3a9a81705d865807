import type { ReadingEvent } from '../api/views.ts';
import { afterReading, type LiveDevice, readingsIn } from './live-device.ts';
import { countEvents, emptyRate, type RateMeter } from './rate.ts';

/** The moving part of the console, apart from the query cache because it changes many times a second. */
export interface LiveStore {
  /** Takes a reading in; nobody is told before `flush`. */
  take(reading: ReadingEvent, now: number): void;
  /** Tells the listeners of every device that has changed. Called at most once a frame. */
  flush(): void;
  /** Forgets everything, since what was missed cannot be replayed. */
  clear(): void;
  device(id: string): LiveDevice | undefined;
  rate(): RateMeter;
  /** Devices that were heard for the first time since the last call. */
  newcomers(): readonly string[];
  subscribe(id: string, listener: () => void): () => void;
  /** Keeps every reading of one device, for its chart; gives those since the last call of `next`. */
  record(id: string): { next(): readonly ReadingEvent[]; stop(): void };
}

/** Readings a recorder keeps between two frames; when more come, the oldest go, and the next fetch shows them. */
const recordedMax = 5_000;

export function liveStore(): LiveStore {
  const devices = new Map<string, LiveDevice>();
  const changed = new Set<string>();
  const listeners = new Map<string, Set<() => void>>();
  const recorders = new Map<string, Set<ReadingEvent[]>>();
  let unknown = new Set<string>();
  let meter: RateMeter = emptyRate;

  function notify(id: string): void {
    for (const listener of listeners.get(id) ?? []) listener();
  }

  return {
    take(reading, now) {
      const before = devices.get(reading.device);
      meter = countEvents(meter, readingsIn(before, reading), now);
      devices.set(reading.device, afterReading(before, reading));
      if (!before) unknown.add(reading.device);
      changed.add(reading.device);
      for (const kept of recorders.get(reading.device) ?? []) {
        if (kept.length >= recordedMax) kept.shift();
        kept.push(reading);
      }
    },
    flush() {
      const ids = [...changed];
      changed.clear();
      for (const id of ids) notify(id);
    },
    clear() {
      const ids = [...devices.keys()];
      devices.clear();
      changed.clear();
      for (const id of ids) notify(id);
    },
    device: (id) => devices.get(id),
    rate: () => meter,
    newcomers() {
      const ids = [...unknown];
      unknown = new Set();
      return ids;
    },
    subscribe(id, listener) {
      return addTo(listeners, id, listener);
    },
    record(id) {
      const kept: ReadingEvent[] = [];
      const stop = addTo(recorders, id, kept);
      return { next: () => kept.splice(0), stop };
    },
  };
}

function addTo<Item>(sets: Map<string, Set<Item>>, key: string, item: Item): () => void {
  const set = sets.get(key) ?? new Set<Item>();
  sets.set(key, set.add(item));
  return () => {
    set.delete(item);
    if (set.size === 0) sets.delete(key);
  };
}
