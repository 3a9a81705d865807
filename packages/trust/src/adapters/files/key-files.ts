import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { trustFaults } from '../../faults.ts';

/** Small files that only their owner may read: keys, tokens, and the certificates beside them. */
export interface KeyFiles {
  /** The text of a file, or undefined when there is none. Throws TRUST_KEY_EXPOSED when others may read it. */
  read(name: string): Promise<string | undefined>;
  /** Replaces a file as a whole, durably, with mode 0600; a power cut leaves the old text or the new. */
  write(name: string, text: string): Promise<void>;
  path(name: string): string;
}

/** Keeps files below `dir`, which is created with mode 0700 when it is missing. */
export function keyFiles(dir: string): KeyFiles {
  const path = (name: string): string => join(dir, name);
  return {
    path,
    async read(name) {
      const file = await open(path(name), 'r').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return undefined;
        throw cause;
      });
      if (!file) return undefined;
      try {
        const { mode } = await file.stat();
        if ((mode & 0o077) !== 0)
          throw trustFaults(
            'TRUST_KEY_EXPOSED',
            `others may use ${path(name)}, its mode is ${(mode & 0o777).toString(8)}`,
          );
        return await file.readFile('utf8');
      } finally {
        await file.close();
      }
    },
    async write(name, text) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const fresh = path(`${name}.new`);
      const file = await open(fresh, 'w', 0o600);
      try {
        // The mode given to `open` counts for a new file alone; one that a crash left behind keeps its own.
        await file.chmod(0o600);
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, path(name));
      await syncDir(dirname(path(name)));
    },
  };
}

async function syncDir(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
