import { basename, dirname } from 'node:path';
import { type Disk, DiskError, type DiskFile } from '../../disk.ts';

interface Inode {
  bytes: Uint8Array;
  size: number;
}

/** A disk in memory that never fails and forgets everything with the process. `free` is what it says is left. */
export function memoryDisk(options: { readonly free?: number } = {}): Disk {
  const files = new Map<string, Inode>();
  const dirs = new Set<string>();
  const locks = new Set<string>();

  const find = (path: string): Inode => {
    const inode = files.get(path);
    if (!inode) throw new DiskError('ENOENT', `there is no ${path}`);
    return inode;
  };

  return {
    async makeDir(dir) {
      for (let path = dir; !dirs.has(path); path = dirname(path)) dirs.add(path);
    },
    async list(dir) {
      if (!dirs.has(dir)) throw new DiskError('ENOENT', `there is no ${dir}`);
      return [...files.keys()]
        .filter((path) => dirname(path) === dir)
        .map((path) => basename(path))
        .sort((a, b) => (a < b ? -1 : 1));
    },
    async open(path, how) {
      if (!files.has(path) && how !== 'existing') {
        if (!dirs.has(dirname(path))) throw new DiskError('ENOENT', `there is no ${dirname(path)}`);
        files.set(path, { bytes: new Uint8Array(0), size: 0 });
      }
      return fileOf(find(path));
    },
    async rename(from, to) {
      const inode = find(from);
      files.delete(from);
      files.set(to, inode);
    },
    async remove(path) {
      find(path);
      files.delete(path);
    },
    async syncDir() {},
    free: async () => options.free ?? Number.MAX_SAFE_INTEGER,
    async lock(path) {
      if (locks.has(path)) throw new DiskError('EBUSY', `${path} is locked`, 'this process');
      locks.add(path);
      return async () => void locks.delete(path);
    },
  };
}

function fileOf(inode: Inode): DiskFile {
  const resize = (size: number): void => {
    if (size > inode.bytes.length) {
      const larger = new Uint8Array(Math.max(size, inode.bytes.length * 2));
      larger.set(inode.bytes.subarray(0, inode.size));
      inode.bytes = larger;
    } else if (size < inode.size) inode.bytes.fill(0, size, inode.size);
    inode.size = size;
  };
  const write = async (bytes: Uint8Array, at: number): Promise<void> => {
    if (at + bytes.length > inode.size) resize(at + bytes.length);
    inode.bytes.set(bytes, at);
  };
  return {
    size: async () => inode.size,
    async read(into, at) {
      const found = inode.bytes.subarray(Math.min(at, inode.size), Math.min(at + into.length, inode.size));
      into.set(found);
      return found.length;
    },
    write,
    writeThrough: write,
    truncate: async (size) => resize(size),
    async sync() {},
    async close() {},
  };
}
