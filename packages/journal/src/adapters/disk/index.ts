import fs from 'node:fs';
import { mkdir, readdir, rename, statfs, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Disk, DiskFile } from '../../disk.ts';
import { takeLock } from './lock.ts';

/** The machine's own disk. */
export const systemDisk: Disk = {
  makeDir,
  list: async (dir) => (await readdir(dir)).sort((a, b) => (a < b ? -1 : 1)),
  open,
  rename,
  remove: unlink,
  syncDir,
  async free(dir) {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  },
  lock: takeLock,
};

/** A folder is durable when the one above knows it. */
async function makeDir(dir: string): Promise<void> {
  const created = await mkdir(dir, { recursive: true });
  if (created === undefined) return;
  for (let path = resolve(dir); path.length >= resolve(created).length; path = dirname(path))
    await syncDir(dirname(path));
}

async function syncDir(dir: string): Promise<void> {
  // Windows has no such call for folders; NTFS keeps their entries in its own log.
  if (process.platform === 'win32') return;
  const fd = await openFile(dir, fs.constants.O_RDONLY);
  try {
    await done((settle) => fs.fsync(fd, settle));
  } finally {
    await closeFile(fd);
  }
}

const { O_RDWR, O_CREAT, O_DSYNC } = fs.constants;

/** Elsewhere such a file may leave its bytes in the drive's cache, or there is none. */
const canWriteThrough = process.platform === 'linux';

async function open(path: string, how?: 'existing'): Promise<DiskFile> {
  const fd = await openFile(path, how ? O_RDWR : O_RDWR | O_CREAT);
  let throughFd: number | undefined;
  let truncated = false;

  // fdatasync leaves out what is not needed to read the data back; a smaller size may be such a thing.
  const sync = async (): Promise<void> => {
    await done((settle) => (truncated ? fs.fsync : fs.fdatasync)(fd, settle));
    truncated = false;
  };
  return {
    size: async () => (await done<fs.Stats>((settle) => fs.fstat(fd, settle))).size,
    async read(into, at) {
      let got = 0;
      while (got < into.length) {
        const count = await done<number>((settle) => fs.read(fd, into, got, into.length - got, at + got, settle));
        if (count === 0) break;
        got += count;
      }
      return got;
    },
    write: (bytes, at) => writeAll(fd, bytes, at),
    async writeThrough(bytes, at) {
      if (canWriteThrough) return writeAll((throughFd ??= await openFile(path, O_RDWR | O_DSYNC)), bytes, at);
      await writeAll(fd, bytes, at);
      await sync();
    },
    async truncate(size) {
      await done((settle) => fs.ftruncate(fd, size, settle));
      truncated = true;
    },
    sync,
    async close() {
      if (throughFd !== undefined) await closeFile(throughFd);
      await closeFile(fd);
    },
  };
}

const openFile = (path: string, flags: number): Promise<number> =>
  done<number>((settle) => fs.open(path, flags, 0o640, settle));
const closeFile = (fd: number): Promise<void> => done((settle) => fs.close(fd, settle));

async function writeAll(fd: number, bytes: Uint8Array, at: number): Promise<void> {
  for (let put = 0; put < bytes.length; ) {
    put += await done<number>((settle) => fs.write(fd, bytes, put, bytes.length - put, at + put, settle));
  }
}

/** A promise for a call with a callback: lighter than `node:fs/promises`, which wraps every file in an object of its own. */
function done<Value = void>(call: (settle: (failure: Error | null, value?: Value) => void) => void): Promise<Value> {
  return new Promise((resolve, reject) =>
    call((failure, value) => (failure ? reject(failure) : resolve(value as Value))),
  );
}
