import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diskContract } from '../../disk.contract.ts';
import { systemDisk } from './index.ts';

const scratch = await mkdtemp(join(tmpdir(), 'selvedge-disk-'));
after(() => rm(scratch, { recursive: true }));
let folders = 0;
const fresh = async (): Promise<{ disk: typeof systemDisk; dir: string }> => {
  folders += 1;
  return { disk: systemDisk, dir: join(scratch, `folder-${folders}`, 'journal') };
};

diskContract('system disk', fresh);

test('system disk: the lock of a process that is no more is taken over [JRN-27]', async () => {
  const { disk, dir } = await fresh();
  await disk.makeDir(dir);
  for (const dead of ['', '4194305 12345', `${process.pid} 1`, 'nonsense']) {
    await writeFile(join(dir, 'lock'), dead);
    const release = await disk.lock(join(dir, 'lock'));
    assert.match(await readFile(join(dir, 'lock'), 'utf8'), new RegExp(`^${process.pid} `));
    await release();
  }
});
