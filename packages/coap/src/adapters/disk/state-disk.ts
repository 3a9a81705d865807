import { constants } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** What the store needs of a disk; a journal's disk is one. Failures carry Node's `code`. */
export interface StateDisk {
  /** Creates the folder and those above it, durably. */
  makeDir(dir: string): Promise<void>;
  /** Opens for reading and writing; created empty if absent, unless `existing`: then it rejects with ENOENT. */
  open(path: string, how?: 'existing'): Promise<StateFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in the folder durable. */
  syncDir(dir: string): Promise<void>;
}

export interface StateFile {
  /** Fills `into` from `at`; the count is short only at the end of the file. */
  read(into: Uint8Array, at: number): Promise<number>;
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** What was written is durable when this settles. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The machine's own disk. */
export const systemStateDisk: StateDisk = {
  async makeDir(dir) {
    const created = await mkdir(dir, { recursive: true, mode: 0o700 });
    if (created === undefined) return;
    for (let path = resolve(dir); path.length >= resolve(created).length; path = dirname(path))
      await syncDir(dirname(path));
  },
  open: openFile,
  rename,
  remove: unlink,
  syncDir,
};

const { O_RDWR, O_CREAT } = constants;

async function openFile(path: string, how?: 'existing'): Promise<StateFile> {
  const file = await open(path, how ? O_RDWR : O_RDWR | O_CREAT, 0o600);
  return {
    async read(into, at) {
      let got = 0;
      while (got < into.length) {
        const { bytesRead } = await file.read(into, got, into.length - got, at + got);
        if (bytesRead === 0) break;
        got += bytesRead;
      }
      return got;
    },
    async write(bytes, at) {
      for (let put = 0; put < bytes.length; )
        put += (await file.write(bytes, put, bytes.length - put, at + put)).bytesWritten;
    },
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

async function syncDir(dir: string): Promise<void> {
  // Windows has no such call for folders; NTFS keeps their entries in its own log.
  if (process.platform === 'win32') return;
  const folder = await open(dir, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
