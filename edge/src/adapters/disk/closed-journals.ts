import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, type JournalOptions, type JournalWorld, journal } from '@selvedge/journal';
import type { ClosedJournals } from '../../ports.ts';

/** Journals of earlier lives, each in a folder that has its epoch for a name; a restore puts them there. */
export function closedJournals(
  dir: string,
  options: Omit<JournalOptions, 'dir'>,
  world: JournalWorld & { readonly disk: Disk },
): ClosedJournals {
  return {
    async list() {
      await world.disk.makeDir(dir);
      return (await world.disk.list(dir)).filter((name) => /^[0-9a-f]{12}$/.test(name));
    },
    open: async (epoch) => journal({ ...options, dir: join(dir, epoch) }, world),
    remove: (epoch) => rm(join(dir, epoch), { recursive: true, force: true }),
  };
}
