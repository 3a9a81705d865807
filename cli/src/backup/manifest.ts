import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { cliFaults } from '../faults.ts';

export const manifestName = 'selvedge-backup.json';
export const tiers = ['edge', 'cloud'] as const;
export type Tier = (typeof tiers)[number];

/** One journal in a backup: where it lies in it, and the end that the copy was found to have. */
export interface JournalEntry {
  readonly path: string;
  readonly epoch: string;
  readonly firstOffset: number;
  readonly headOffset: number;
  /** Hash before the end, hexadecimal. */
  readonly headHash: string;
  readonly records: number;
}

/** One journal as the cloud in a backup holds it. */
export interface HeldEntry {
  readonly node: string;
  readonly epoch: string;
  readonly records: number;
  readonly readings: number;
  readonly headHash: string;
}

/** What a backup says of itself, format 1. Written last: a folder without it is no backup. */
export interface Manifest {
  readonly format: 1;
  readonly software: string;
  /** Milliseconds since the Unix epoch. */
  readonly takenAt: number;
  readonly tiers: readonly Tier[];
  readonly journals: readonly JournalEntry[];
  readonly held: readonly HeldEntry[];
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

/** Reads the manifest of a backup. Throws BACKUP_INVALID. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  let found: Partial<Manifest>;
  try {
    found = JSON.parse(await readFile(path, 'utf8')) as Partial<Manifest>;
  } catch (cause) {
    throw cliFaults('BACKUP_INVALID', `${path} cannot be read: ${(cause as Error).message}`, { folder }, cause);
  }
  if (found.format !== 1)
    throw cliFaults('BACKUP_INVALID', `${path} has format ${found.format}, this program reads format 1`, { folder });
  return found as Manifest;
}

/** Every file below a folder with its size and SHA-256, by path. */
export async function fingerprints(folder: string): Promise<Manifest['files']> {
  const files: { path: string; size: number; sha256: string }[] = [];
  for (const path of await filesIn(folder)) {
    if (path === manifestName) continue;
    const full = join(folder, path);
    files.push({ path, size: (await lstat(full)).size, sha256: await digestOf(full) });
  }
  return files;
}

/** Compares a backup with its manifest. Throws BACKUP_INVALID with what differs. */
export async function checkFiles(folder: string, manifest: Manifest): Promise<void> {
  const found = new Map((await fingerprints(folder)).map((one) => [one.path, one]));
  const wrong = manifest.files.filter(({ path, size, sha256 }) => {
    const one = found.get(path);
    return one?.size !== size || one.sha256 !== sha256;
  });
  if (wrong.length === 0) return;
  const names = wrong.slice(0, 3).map(({ path }) => path);
  throw cliFaults(
    'BACKUP_INVALID',
    `${wrong.length} of ${manifest.files.length} files are not as they were written: ${names.join(', ')}`,
    { folder, wrong: wrong.length },
  );
}

/** Paths of the regular files below a folder, with `/` between names, sorted. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  return paths.map((path) => path.split(sep).join('/')).sort();
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
