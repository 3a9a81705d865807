import type { Disk } from '@selvedge/journal';
import { diskSnapshots } from './snapshots.ts';

/** `configuration/held` in the data folder: replaced whole, and on the disk when it settles. */
export function diskConfigurations(
  disk: Disk,
  data: string,
): { read(): Promise<Uint8Array | undefined>; write(bytes: Uint8Array): Promise<void> } {
  const files = diskSnapshots(disk, `${data}/configuration`);
  return { read: () => files.read('held'), write: (bytes) => files.write('held', bytes) };
}
