import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isInUse } from '@selvedge/cloud';
import { systemDisk } from '@selvedge/journal/disk';
import { cliFaults } from '../faults.ts';
import { checkFiles, type Manifest, readManifest, type Tier } from './manifest.ts';
import { checkJournal, checkStore, storeName } from './take-backup.ts';

/** Where each tier was put, and where what it replaced is now. */
export interface Restored {
  readonly tier: Tier;
  readonly folder: string;
  readonly before: string | undefined;
  /** File with OSCORE keys that must be replaced before they are used again. */
  readonly usedKeys: string | undefined;
}

/** The edge's journal, and where a node looks for journals of an earlier life. */
const journalFolder = 'journal';
const closedFolder = 'closed';
/** What refers to places in a journal that is no longer the one that is written. */
const ofThatJournal = ['snapshots/devices', 'snapshots/windows', 'snapshots/bridge-cursors'];
/** Keys whose sequence numbers went on after the backup: to use one twice would give the key away. */
const keysFile = 'oscore.json';
const usedKeysFile = 'oscore.json.used';

/**
 * Puts the tiers of a backup into a data folder and checks them there as an audit does. An edge begins a new epoch, and
 * ships what its old journal has and the cloud lacks. Throws BACKUP_INVALID, BACKUP_REFUSED, BACKUP_UNSOUND.
 */
export async function restoreBackup(
  from: string,
  data: string,
  options: { readonly tiers: readonly Tier[]; readonly replace: boolean; readonly at: number },
  say: (line: string) => void,
): Promise<{ readonly manifest: Manifest; readonly restored: readonly Restored[] }> {
  const manifest = await readManifest(from);
  say(`${from}: comparing ${manifest.files.length} files with their digests`);
  await checkFiles(from, manifest);
  const wanted = options.tiers.filter((tier) => manifest.tiers.includes(tier));
  if (wanted.length === 0)
    throw cliFaults('BACKUP_REFUSED', `${from} holds ${manifest.tiers.join(', ')}, not ${options.tiers.join(', ')}`);
  for (const tier of wanted) await mayReplace(join(data, tier), options.replace);
  const restored: Restored[] = [];
  for (const tier of wanted) restored.push(await restoreTier(tier, from, data, options.at, manifest, say));
  return { manifest, restored };
}

async function mayReplace(folder: string, replace: boolean): Promise<void> {
  const isFree = !existsSync(folder) || (await readdir(folder)).length === 0;
  if (!isFree && !replace)
    throw cliFaults('BACKUP_REFUSED', `${folder} is not empty; --replace puts what is there aside`, { folder });
  if (existsSync(join(folder, journalFolder))) {
    const release = await systemDisk.lock(join(folder, journalFolder, 'lock')).catch((cause: unknown) => {
      throw cliFaults('BACKUP_REFUSED', `an edge node runs on ${folder}; stop it first`, { folder }, cause);
    });
    await release();
  }
  if (existsSync(join(folder, storeName)) && isInUse(join(folder, storeName)))
    throw cliFaults('BACKUP_REFUSED', `a cloud runs on ${folder}; stop it first`, { folder });
}

async function restoreTier(
  tier: Tier,
  from: string,
  data: string,
  at: number,
  manifest: Manifest,
  say: (line: string) => void,
): Promise<Restored> {
  const folder = join(data, tier);
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  await cp(join(from, tier), partial, { recursive: true, errorOnExist: true });
  say(`${tier}: put back; reading it again`);
  if (tier === 'cloud') await checkStore(partial);
  else {
    for (const { path } of manifest.journals) await checkJournal(path, join(partial, path.slice('edge/'.length)));
    await closeJournal(partial, manifest);
  }
  const hasKeys = existsSync(join(partial, keysFile));
  if (hasKeys) await rename(join(partial, keysFile), join(partial, usedKeysFile));
  const before = existsSync(folder) ? `${folder}.before-${at}` : undefined;
  if (before) await rename(folder, before);
  await rename(partial, folder);
  return { tier, folder, before, usedKeys: hasKeys ? join(folder, usedKeysFile) : undefined };
}

/** A journal that went on after the backup would fork from what the cloud holds, so it is closed and only read from now on. */
async function closeJournal(folder: string, manifest: Manifest): Promise<void> {
  const main = manifest.journals.find(({ path }) => path === `edge/${journalFolder}`);
  if (!main) return;
  await mkdir(join(folder, closedFolder), { recursive: true, mode: 0o700 });
  await rename(join(folder, journalFolder), join(folder, closedFolder, main.epoch));
  for (const path of ofThatJournal) await rm(join(folder, path), { force: true });
}
