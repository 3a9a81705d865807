import type { Disk } from '@selvedge/journal';
import type { Snapshots } from '../../ports.ts';

/** Keeps each snapshot as a file; a new one takes the old one's place only when it is whole on the disk. */
export function diskSnapshots(disk: Disk, dir: string): Snapshots {
  return {
    async read(name) {
      await disk.makeDir(dir);
      if (!(await disk.list(dir)).includes(name)) return undefined;
      const file = await disk.open(`${dir}/${name}`);
      try {
        const bytes = Buffer.alloc(await file.size());
        await file.read(bytes, 0);
        return bytes;
      } finally {
        await file.close();
      }
    },
    async write(name, bytes) {
      await disk.makeDir(dir);
      const file = await disk.open(`${dir}/${name}.new`);
      try {
        await file.truncate(0);
        await file.write(bytes, 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await disk.rename(`${dir}/${name}.new`, `${dir}/${name}`);
      await disk.syncDir(dir);
    },
  };
}
