import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';

/**
 * What 0.1.0 left behind after 45 s with 20 simulated devices: the cloud's database and the edge's journal, whose epoch
 * and readings both have.
 */
const packed = fileURLToPath(new URL('../../test/release-0.1.0', import.meta.url));

export const releaseEpoch = 'a447a30bc6f9';

/** A data folder with the data of the last release, that goes with the test. */
export async function releaseData(t: TestContext): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'selvedge-release-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  await mkdir(join(data, 'cloud'));
  await mkdir(join(data, 'edge', 'journal'), { recursive: true });
  for (const name of await readdir(packed)) {
    const into = name.startsWith('cloud') ? join(data, 'cloud') : join(data, 'edge', 'journal');
    await writeFile(join(into, name.replace(/\.zst$/, '')), zstdDecompressSync(await readFile(join(packed, name))));
  }
  return data;
}
