import { getHeapSpaceStatistics, queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is held after everything that nobody reaches has been collected. */
export interface Heap {
  /** Of all values, and of what buffers stand for. Not quite exact, since it has a part of what functions have learnt about their callers. */
  readonly bytes: number;
  /** Exact: the same work leaves the same number. Text and numbers are no objects. */
  readonly objects: number;
}

/** Where values are; compiled code is elsewhere, and comes and goes. */
const spaces: ReadonlySet<string> = new Set(['old_space', 'new_space', 'large_object_space', 'new_large_object_space']);

export async function heapOf(): Promise<Heap> {
  // What a finalizer frees is free only after the next turn.
  for (let round = 0; round < 2; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const objects = queryObjects(Object, { format: 'count' });
  const values = getHeapSpaceStatistics()
    .filter(({ space_name: name }) => spaces.has(name))
    .reduce((sum, { space_used_size: size }) => sum + size, 0);
  return { bytes: values + process.memoryUsage().external, objects };
}
