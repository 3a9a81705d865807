import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { auditCopy, copyStore } from '@selvedge/cloud';
import { copyJournal, inspectJournal } from '@selvedge/journal';
import { systemDisk } from '@selvedge/journal/disk';
import { silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { cliFaults } from '../faults.ts';
import { software } from '../software.ts';
import {
  filesIn,
  fingerprints,
  type HeldEntry,
  type JournalEntry,
  type Manifest,
  manifestName,
  type Tier,
} from './manifest.ts';

const world = { clock: systemClock, entropy: systemEntropy, log: silentLog, disk: systemDisk };

/** The cloud's database; what SQLite keeps beside it has a longer name. */
export const storeName = 'cloud.sqlite';

/**
 * Copies the tiers of a data folder to the new folder `to`, also while they run, checks the copy as an audit does, and
 * writes the manifest last. Throws BACKUP_REFUSED, BACKUP_UNSOUND and the faults of journal and store.
 */
export async function takeBackup(
  data: string,
  to: string,
  wanted: readonly Tier[],
  say: (line: string) => void,
): Promise<Manifest> {
  const found = wanted.filter((tier) => existsSync(join(data, tier)));
  if (found.length === 0)
    throw cliFaults('BACKUP_REFUSED', `${data} has no folder ${wanted.join(' and no folder ')}`, { data });
  if (existsSync(to) && (await readdir(to)).length > 0)
    throw cliFaults('BACKUP_REFUSED', `${to} is not empty; a backup needs a folder of its own`, { to });
  const partial = `${to}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const journals: JournalEntry[] = [];
  const held: HeldEntry[] = [];
  for (const tier of found) {
    const [from, into] = [join(data, tier), join(partial, tier)];
    await mkdir(into, { mode: 0o700 });
    if (tier === 'edge') journals.push(...(await copyEdge(from, into, say)));
    else held.push(...(await copyCloud(from, into, say)));
  }
  const manifest: Manifest = {
    format: 1,
    software,
    takenAt: systemClock.wall(),
    tiers: found,
    journals,
    held,
    files: await fingerprints(partial),
  };
  await writeFile(join(partial, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  await rm(to, { recursive: true, force: true });
  await rename(partial, to);
  return manifest;
}

async function copyEdge(from: string, into: string, say: (line: string) => void): Promise<readonly JournalEntry[]> {
  const paths = await filesIn(from);
  const journals = paths.filter((path) => path.endsWith('/state')).map(dirname);
  for (const path of paths) if (!journals.includes(dirname(path))) await copyOne(from, into, path);
  const found: JournalEntry[] = [];
  for (const path of journals) {
    const { bytes } = await copyJournal(join(from, path), join(into, path), { disk: systemDisk });
    say(`edge/${path}: ${(bytes / 1e6).toFixed(1)} MB copied; reading it again`);
    found.push(await checkJournal(`edge/${path}`, join(into, path)));
  }
  return found;
}

/** Recomputes a copied journal. Throws BACKUP_UNSOUND. */
export async function checkJournal(name: string, dir: string): Promise<JournalEntry> {
  const { epoch, firstOffset, head, records, broken } = await inspectJournal(dir, world);
  if (broken.length > 0)
    throw cliFaults('BACKUP_UNSOUND', `${name}, at offset ${broken[0]!.offset}: ${broken[0]!.why}`, { name });
  const headHash = Buffer.from(head.hash).toString('hex');
  return { path: name, epoch, firstOffset, headOffset: head.offset, headHash, records };
}

async function copyCloud(from: string, into: string, say: (line: string) => void): Promise<readonly HeldEntry[]> {
  for (const path of await filesIn(from)) if (!path.startsWith(storeName)) await copyOne(from, into, path);
  copyStore(join(from, storeName), join(into, storeName));
  say(`cloud/${storeName}: copied; auditing the copy`);
  return checkStore(into);
}

/** Audits a copied store. Throws BACKUP_UNSOUND. */
export async function checkStore(folder: string): Promise<readonly HeldEntry[]> {
  const audits = await auditCopy(join(folder, storeName), world);
  for (const { node, epoch, broken, lost, doubled, altered } of audits) {
    const what = broken[0] && `at offset ${broken[0].offset}: ${broken[0].why}`;
    if (what || lost + doubled + altered > 0)
      throw cliFaults(
        'BACKUP_UNSOUND',
        `journal ${epoch} of ${node}: ${what ?? `${lost} lost, ${doubled} doubled, ${altered} altered`}`,
        { node, epoch },
      );
  }
  return audits.map(({ node, epoch, records, readings, headHash }) => ({ node, epoch, records, readings, headHash }));
}

/** Copies one file that its owner replaces rather than changes; one that has gone meanwhile was not needed. */
async function copyOne(from: string, into: string, path: string): Promise<void> {
  await mkdir(dirname(join(into, path)), { recursive: true, mode: 0o700 });
  await copyFile(join(from, path), join(into, path)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
  });
}
