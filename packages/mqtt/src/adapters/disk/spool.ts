import { join } from 'node:path';
import { type Disk, diskCode } from '@selvedge/journal';
import { type Service, service } from '@selvedge/kernel';
import { mqttFaults } from '../../faults.ts';
import type { Spool, SpoolFile } from '../../ports.ts';
import { lanes } from './lanes.ts';
import { fileName, nameOf, spoolFile } from './spool-file.ts';

export interface DiskSpoolOptions {
  /** A folder of its own; created if absent. */
  readonly dir: string;
  /** Bytes of all payloads; beyond it there is no room for another. 4 GiB unless told. */
  readonly sizeMax?: number;
}

export interface DiskSpool extends Spool, Service {}

/** Calls of the disk at once: the journals need the other threads that Node has for files. */
const callsMax = 2;

/**
 * A folder with a file for each payload. Start it before its broker and stop it afterwards. `start` rejects with
 * MQTT_SPOOL_UNUSABLE, everything else with the failure of the disk.
 */
export function diskSpool(options: DiskSpoolOptions, { disk }: { readonly disk: Disk }): DiskSpool {
  const { dir, sizeMax = 4 * 2 ** 30 } = options;
  const lane = lanes(callsMax);
  let unlock: (() => Promise<void>) | undefined;
  let sizeBytes = 0;
  let lastName = 0;

  const fileOf = (name: number, size: number, durable: boolean): SpoolFile => {
    sizeBytes += size;
    return spoolFile({ dir, name, size, durable, disk, lane, removed: () => void (sizeBytes -= size) });
  };

  /** The file if it is there whole; otherwise it is removed. */
  const find = async (name: number, size: number | undefined): Promise<SpoolFile | undefined> => {
    const path = join(dir, fileName(name));
    if (size !== undefined && (await sizeOf(disk, path)) === size) return fileOf(name, size, true);
    await disk.remove(path);
    return undefined;
  };

  return {
    ...service({
      async start() {
        try {
          await disk.makeDir(dir);
          unlock = await disk.lock(join(dir, 'lock'));
        } catch (cause) {
          const why = diskCode(cause) === 'EBUSY' ? 'another broker has it' : String(cause);
          throw mqttFaults('MQTT_SPOOL_UNUSABLE', `the spool in ${dir} cannot be opened: ${why}`, { dir }, cause);
        }
      },
      stop: () => unlock?.(),
    }),
    get sizeBytes() {
      return sizeBytes;
    },
    async load(kept) {
      const found: SpoolFile[] = [];
      const names = (await disk.list(dir)).map(nameOf).filter((name) => name > 0);
      for (const name of [...names, ...kept.keys()]) lastName = Math.max(lastName, name);
      for (const name of names) {
        const file = await find(name, kept.get(name));
        if (file) found.push(file);
      }
      if (found.length < names.length) await disk.syncDir(dir);
      return found;
    },
    create(size, durable) {
      if (sizeBytes + size > sizeMax) return undefined;
      lastName += 1;
      return fileOf(lastName, size, durable);
    },
  };
}

async function sizeOf(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, 'existing');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}
