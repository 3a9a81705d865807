import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { CredentialStore } from '../../ports.ts';

/** `credentials.json` in the data folder: mode 0600, and replaced only when the new one is whole on the disk. */
export function diskCredentials(dir: string): CredentialStore {
  return {
    read: () => readOwn(dir, 'credentials.json'),
    write: (bytes) => writeOwn(dir, 'credentials.json', bytes),
  };
}

/** The file, or undefined where there is none. */
export async function readOwn(dir: string, name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(dir, name));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Writes a file that only this user can read. Settles when it has taken the old one's place on the disk. */
export async function writeOwn(dir: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dir, { recursive: true });
  const fresh = join(dir, `${name}.new`);
  await withFile(await open(fresh, 'w', 0o600), async (file) => {
    // An older file of that name keeps its mode when it is opened.
    await file.chmod(0o600);
    await file.writeFile(bytes);
    await file.sync();
  });
  await rename(fresh, join(dir, name));
  await withFile(await open(dir, 'r'), (folder) => folder.sync());
}

async function withFile(file: FileHandle, task: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await task(file);
  } finally {
    await file.close();
  }
}
