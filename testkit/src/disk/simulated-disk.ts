import { basename, dirname } from 'node:path';
import { type Disk, DiskError, type DiskFile } from '@selvedge/journal';
import { type Clock, millis, type Random } from '@selvedge/kernel';
import { type SimulatedFile, simulatedFile } from './simulated-file.ts';
import { type Folder, simulatedFolder } from './simulated-folder.ts';

/** The calls that can be told to fail. */
export type DiskCall = 'open' | 'read' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'syncDir' | 'list';

export interface SimulatedDiskOptions {
  /** Decides what survives a power cut, how writes tear, and how long calls take. */
  readonly random: Random;
  /** With a clock every call takes between nothing and `delayMax` milliseconds; without, none. */
  readonly clock?: Clock;
  readonly delayMax?: number;
  /** Bytes of all files together; beyond it writes fail with ENOSPC and may leave a part behind. */
  readonly capacity?: number;
}

/**
 * A disk that behaves as badly as disks do, and the same way again for the same chance. Folders are durable at once;
 * files, their sizes and their names only when they were synced.
 */
export interface SimulatedDisk {
  /** The disk as one life of a process sees it: dead after `kill` or `powerCut`, then its calls never settle. */
  mount(): Disk;
  /** Ends every process that has it mounted; what they wrote stays, because the operating system lives on. */
  kill(): void;
  /** Ends every process and loses what was not synced: each write survives whole, in part, or not at all. */
  powerCut(): void;
  /** Cuts the power in the midst of the call that is `calls` from now; settles when it has happened. */
  cutAfter(calls: number): Promise<void>;
  /** From now on `sync` and `syncDir` settle without having done anything. */
  lie(lies: boolean): void;
  /** Makes `times` calls of that kind fail, once `after` of them have gone well. A sync that fails has lost a part for good, and the next one does not say so. */
  fail(call: DiskCall, code: string, times?: number, after?: number): void;
  heal(): void;
  /** A new capacity; files that are larger together stay. */
  resize(capacity: number): void;
  /** Flips a bit that chance chooses, or that of the byte at `at`, on the platter too. */
  flip(path: string, at?: number): void;
  /** Puts a whole file there, on the platter too: of another disk, or torn. */
  put(path: string, bytes: Uint8Array): void;
  /** Paths of all files, sorted. */
  paths(): readonly string[];
  /** What programs see in a file. */
  content(path: string): Uint8Array;
  readonly usedBytes: number;
  /** Calls of that kind that were made. */
  count(call: DiskCall): number;
}

interface Life {
  ended: boolean;
}

export function simulatedDisk(options: SimulatedDiskOptions): SimulatedDisk {
  const { random, clock, delayMax = 2 } = options;
  const folders = new Map<string, Folder>();
  const locks = new Set<string>();
  const failures = new Map<DiskCall, { code: string; times: number; after: number }>();
  const counts = new Map<DiskCall, number>();
  let capacity = options.capacity ?? Number.MAX_SAFE_INTEGER;
  let lies = false;
  let life: Life = { ended: false };
  let callsToCut = Number.POSITIVE_INFINITY;
  let cut = Promise.withResolvers<void>();

  const folder = (dir: string): Folder => {
    const found = folders.get(dir);
    if (!found) throw new DiskError('ENOENT', `there is no folder ${dir}`);
    return found;
  };
  const find = (path: string): SimulatedFile => {
    const file = folder(dirname(path)).get(basename(path));
    if (!file) throw new DiskError('ENOENT', `there is no ${path}`);
    return file;
  };
  const used = (): number => {
    let sum = 0;
    for (const one of folders.values()) for (const file of one.files()) sum += file.size;
    return sum;
  };

  /** Counts the call and throws if it was told to fail. */
  const meet = (call: DiskCall): void => {
    counts.set(call, (counts.get(call) ?? 0) + 1);
    const failure = failures.get(call);
    if (!failure || failure.after-- > 0 || failure.times-- <= 0) return;
    throw new DiskError(failure.code, `${call} was told to fail`);
  };

  /** Takes its time, and never comes back to a process that has ended. */
  const call = async <Value>(mine: Life, act: () => Value): Promise<Value> => {
    if (mine.ended) return never();
    callsToCut -= 1;
    const isLast = callsToCut <= 0;
    if (isLast && random.next() < 0.5) powerCut();
    if (mine.ended) return never();
    let result: { readonly value: Value } | { readonly cause: unknown };
    try {
      result = { value: act() };
    } catch (cause) {
      result = { cause };
    }
    if (isLast) powerCut();
    if (clock) await clock.sleep(millis(random.next() * delayMax));
    else await Promise.resolve();
    if (mine.ended) return never();
    if ('cause' in result) throw result.cause;
    return result.value;
  };

  const write = (file: SimulatedFile, bytes: Uint8Array, at: number): void => {
    const room = capacity - used() + file.size;
    const partly = (failure: unknown): never => {
      const most = Math.max(0, Math.min(bytes.length, room - at));
      const part = bytes.subarray(0, Math.floor(random.next() * most));
      if (part.length > 0) file.write(part, at);
      throw failure;
    };
    try {
      meet('write');
    } catch (failure) {
      partly(failure);
    }
    if (at + bytes.length > file.size && at + bytes.length > room)
      partly(new DiskError('ENOSPC', 'the simulated disk is full'));
    file.write(bytes, at);
  };

  const sync = (file: SimulatedFile): void => {
    try {
      meet('sync');
    } catch (failure) {
      file.syncHalf(random);
      throw failure;
    }
    if (!lies) file.sync();
  };

  const open = (mine: Life, file: SimulatedFile): DiskFile => ({
    size: () => call(mine, () => file.size),
    read: (into, at) =>
      call(mine, () => {
        meet('read');
        return file.read(into, at);
      }),
    write: (bytes, at) => call(mine, () => write(file, bytes, at)),
    async writeThrough(bytes, at) {
      await call(mine, () => write(file, bytes, at));
      await call(mine, () => sync(file));
    },
    truncate: (size) =>
      call(mine, () => {
        meet('truncate');
        file.truncate(size);
      }),
    sync: () => call(mine, () => sync(file)),
    close: () => call(mine, () => undefined),
  });

  const mount = (mine: Life): Disk => ({
    makeDir: (dir) =>
      call(mine, () => {
        for (let path = dir; !folders.has(path); path = dirname(path)) folders.set(path, simulatedFolder());
      }),
    list: (dir) =>
      call(mine, () => {
        meet('list');
        return folder(dir).names();
      }),
    open: (path, how) =>
      call(mine, () => {
        meet('open');
        const dir = folder(dirname(path));
        if (how !== 'existing' && !dir.get(basename(path))) dir.put(basename(path), simulatedFile());
        return open(mine, find(path));
      }),
    rename: (from, to) =>
      call(mine, () => {
        meet('rename');
        find(from);
        folder(dirname(from)).rename(basename(from), basename(to));
      }),
    remove: (path) =>
      call(mine, () => {
        meet('remove');
        find(path);
        folder(dirname(path)).remove(basename(path));
      }),
    syncDir: (dir) =>
      call(mine, () => {
        meet('syncDir');
        if (!lies) folder(dir).sync();
      }),
    free: () => call(mine, () => Math.max(0, capacity - used())),
    lock: (path) =>
      call(mine, () => {
        if (locks.has(path)) throw new DiskError('EBUSY', `${path} is locked`, 'another process');
        locks.add(path);
        return () => call(mine, () => void locks.delete(path));
      }),
  });

  const end = (): void => {
    life.ended = true;
    callsToCut = Number.POSITIVE_INFINITY;
    life = { ended: false };
    locks.clear();
  };

  const powerCut = (): void => {
    end();
    for (const one of folders.values()) one.powerCut(random);
    cut.resolve();
  };

  return {
    mount: () => mount(life),
    kill: end,
    powerCut,
    cutAfter(calls) {
      cut = Promise.withResolvers<void>();
      callsToCut = calls;
      return cut.promise;
    },
    lie(now) {
      lies = now;
    },
    fail: (kind, code, times = Number.POSITIVE_INFINITY, after = 0) => void failures.set(kind, { code, times, after }),
    heal: () => failures.clear(),
    resize(to) {
      capacity = to;
    },
    flip(path, at) {
      const file = find(path);
      file.flip(at ?? Math.floor(random.next() * file.size), Math.floor(random.next() * 8));
    },
    put(path, bytes) {
      for (let dir = dirname(path); !folders.has(dir); dir = dirname(dir)) folders.set(dir, simulatedFolder());
      const file = simulatedFile();
      file.write(bytes, 0);
      file.sync();
      folder(dirname(path)).put(basename(path), file);
      folder(dirname(path)).sync();
    },
    paths: () =>
      [...folders]
        .flatMap(([dir, one]) => one.names().map((name) => `${dir}/${name}`))
        .sort((a, b) => (a < b ? -1 : 1)),
    content(path) {
      const file = find(path);
      const bytes = new Uint8Array(file.size);
      file.read(bytes, 0);
      return bytes;
    },
    get usedBytes() {
      return used();
    },
    count: (kind) => counts.get(kind) ?? 0,
  };
}

const never = (): Promise<never> => new Promise(() => undefined);
