import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { days, hours, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { systemDisk } from './adapters/disk/index.ts';
import type { Journal } from './journal.ts';
import { complaints, record, recordsOf } from './lent.contract.ts';
import { journal } from './open-journal.ts';

const MiB = 2 ** 20;
const [, self, folder] = process.argv;

async function open(dir: string): Promise<Journal> {
  const classes = [{ name: 'readings', bytesMax: 100 * MiB, ageMax: days(3) }];
  const options = { dir, classes, sizeMax: 200 * MiB, segmentSize: 64 * 1024, keep: hours(24) };
  const one = journal(options, { clock: systemClock, disk: systemDisk, entropy: systemEntropy, log: silentLog });
  await one.start(new AbortController().signal);
  return one;
}

/** In a process of its own: appends for ever and says which offset is durable. */
async function appendForEver(dir: string): Promise<void> {
  const one = await open(dir);
  for (let i = one.head.offset; ; ) {
    for (let left = 1 + (i % 7); left > 0; left--, i++) one.append(0, record(`record ${i}`));
    await one.commit();
    process.stdout.write(`${i}\n`);
  }
}

if (folder !== undefined && self === fileURLToPath(import.meta.url)) await appendForEver(folder);

const scratch = await mkdtemp(join(tmpdir(), 'selvedge-kill-'));
after(() => rm(scratch, { recursive: true }));

test('journal: a real process is killed -9 again and again, and no acknowledged record is missing [JRN-3, JRN-27]', async () => {
  let acknowledged = 0;
  for (let life = 0; life < 8; life++) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), scratch], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const enough = acknowledged + 50 + life * 37;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged > enough) child.kill('SIGKILL');
    }
    await ended;
    const one = await open(scratch);
    assert.ok(one.head.offset >= acknowledged, `${one.head.offset} of ${acknowledged}`);
    const expected = Array.from({ length: one.head.offset }, (_, i) => `${i}:record ${i}`);
    assert.deepEqual(await recordsOf(one), expected);
    assert.deepEqual(await complaints(one), []);
    acknowledged = one.head.offset;
    await one.stop();
  }
});

test('journal: a folder that another process has open is locked, with its process id [JRN-27]', async () => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), scratch], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await assert.rejects(open(scratch), new RegExp(`is held by process ${child.pid}$`));
  child.kill('SIGKILL');
  await ended;
  await (await open(scratch)).stop();
});
