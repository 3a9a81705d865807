import { join } from 'node:path';
import { type Disk, type DiskFile, diskCode } from '@selvedge/journal';
import type { SpoolFile } from '../../ports.ts';

/** `12` lies in `12.payload`. */
export const fileName = (name: number): string => `${name}.payload`;
/** 0 for what is no payload. */
export const nameOf = (file: string): number => Number(/^(\d{1,15})\.payload$/.exec(file)?.[1] ?? 0);

/**
 * Bytes after which a payload that is to be durable is synced, so that nobody's commit waits behind all of it at once.
 */
const syncedEach = 8 * 2 ** 20;

export interface SpoolFileParts {
  readonly dir: string;
  readonly name: number;
  readonly size: number;
  readonly durable: boolean;
  readonly disk: Disk;
  readonly lane: <Value>(task: () => Promise<Value>) => Promise<Value>;
  /** Its room is free again. */
  readonly removed: () => void;
}

/** A payload as a file: opened by the first that needs it, closed by the last. */
export function spoolFile({ dir, name, size, durable, disk, lane, removed }: SpoolFileParts): SpoolFile {
  const path = join(dir, fileName(name));
  let handle: Promise<DiskFile> | undefined;
  let users = 0;
  let writing: Promise<DiskFile> | undefined;
  /** What was last asked of the file by its writer. */
  let latest: Promise<void> = Promise.resolve();
  let written = 0;
  let unsynced = 0;

  const open = async (how?: 'existing'): Promise<DiskFile> => {
    users += 1;
    handle ??= lane(() => disk.open(path, how));
    try {
      return await handle;
    } catch (cause) {
      users -= 1;
      handle = undefined;
      throw cause;
    }
  };
  const close = async (): Promise<void> => {
    users -= 1;
    const last = handle;
    if (users > 0 || !last) return;
    handle = undefined;
    await (await last).close();
  };
  const endWriting = async (): Promise<void> => {
    const file = await writing;
    writing = undefined;
    if (file) await close();
  };

  const write = async (bytes: Uint8Array): Promise<void> => {
    writing ??= open();
    const file = await writing;
    await lane(() => file.write(bytes, written));
    written += bytes.length;
    unsynced += bytes.length;
    if (!durable || unsynced < syncedEach) return;
    await lane(() => file.sync());
    unsynced = 0;
  };
  const finish = async (): Promise<void> => {
    writing ??= open();
    const file = await writing;
    if (durable) {
      await lane(() => file.sync());
      await lane(() => disk.syncDir(dir));
    }
    await endWriting();
  };

  return {
    name,
    size,
    write: (bytes) => (latest = write(bytes)),
    finish: () => (latest = finish()),
    async open() {
      const file = await open('existing');
      return {
        async read(into, at) {
          const count = await lane(() => file.read(into, at));
          if (count < into.length) throw new Error(`${path} ends ${into.length - count} bytes too early`);
        },
        close,
      };
    },
    async remove() {
      await latest.catch(() => undefined);
      await endWriting().catch(() => undefined);
      try {
        await lane(() => disk.remove(path));
      } catch (cause) {
        if (diskCode(cause) !== 'ENOENT') throw cause;
      }
      removed();
    },
  };
}
