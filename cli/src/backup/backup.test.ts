import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sqliteStore } from '@selvedge/cloud';
import { type Journal, journal as journalOf } from '@selvedge/journal';
import { systemDisk } from '@selvedge/journal/disk';
import { days, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { type } from '../../test/typed.ts';

const world = { clock: systemClock, entropy: systemEntropy, log: silentLog };
const classes = ['critical', 'high'].map((name) => ({ name, bytesMax: 1e9, ageMax: days(30) }));
const limits = { classes, sizeMax: 1e9, segmentSize: 65_536, keep: days(1) };

const journalIn = async (dir: string): Promise<Journal> => {
  const one = journalOf({ ...limits, dir }, { ...world, disk: systemDisk });
  await one.start(new AbortController().signal);
  return one;
};

/** A data folder with a running edge journal and a cloud's database, and what is put beside it. */
async function stage() {
  const root = await mkdtemp(join(tmpdir(), 'selvedge-backup-'));
  const data = join(root, 'data');
  await mkdir(join(data, 'edge', 'identity'), { recursive: true });
  await mkdir(join(data, 'edge', 'snapshots'), { recursive: true });
  await mkdir(join(data, 'cloud'), { recursive: true });
  await writeFile(join(data, 'edge', 'identity', 'key.pem'), 'a key');
  await writeFile(join(data, 'edge', 'snapshots', 'windows'), '{"from":7}');
  await writeFile(join(data, 'edge', 'oscore.json'), '{}');
  const running = await journalIn(join(data, 'edge', 'journal'));
  running.cursor('reader', { classes: [0, 1], holds: true });
  for (let i = 0; i < 500; i++) running.append(i % 2, Buffer.from(`record ${i}`));
  await running.commit();
  await running.flush();
  const store = sqliteStore(
    { path: join(data, 'cloud', 'cloud.sqlite'), worker: false },
    { ...world, feed: { publish() {} } },
  );
  await store.start(new AbortController().signal);
  await store.registry.nodeSeen('edge-1', running.epoch, 1);
  return {
    root,
    data,
    running,
    backup: join(root, 'copy'),
    async stop() {
      await running.stop();
      await store.stop();
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

test('backup: what runs is copied and audited, and the original goes on [BAK-1] [BAK-2]', async () => {
  await using set = await stage();
  const told = await type(['backup', set.backup, '--data', set.data, '--json']);
  assert.equal(told.code, 0, told.err);
  const { journals, tiers } = told.json() as { journals: Record<string, unknown>[]; tiers: string[] };
  assert.deepEqual(tiers, ['edge', 'cloud']);
  assert.deepEqual([journals[0]!['epoch'], journals[0]!['records']], [set.running.epoch, 500]);
  assert.deepEqual((await readdir(set.root)).sort(), ['copy', 'data']);
  set.running.append(0, Buffer.from('goes on'));
  await set.running.commit();
  assert.equal((await type(['backup', set.backup, '--data', set.data])).code, 4);
  await set.stop();
});

test('restore: an edge gets a new epoch and keeps its old journal to be shipped; a cloud is as it was [BAK-3] [BAK-4]', async () => {
  await using set = await stage();
  await type(['backup', set.backup, '--data', set.data]);
  const to = join(set.root, 'other');
  const told = await type(['restore', set.backup, '--data', to, '--json']);
  assert.equal(told.code, 0, told.err);
  const { restored } = told.json() as { restored: { tier: string; used_keys: string | null }[] };
  assert.equal(restored[0]!.used_keys, join(to, 'edge', 'oscore.json.used'));
  assert.deepEqual(await readdir(join(to, 'edge', 'closed')), [set.running.epoch]);
  assert.deepEqual(await readdir(join(to, 'edge', 'snapshots')), []);
  assert.deepEqual((await readdir(join(to, 'edge'))).includes('journal'), false);
  const old = await journalIn(join(to, 'edge', 'closed', set.running.epoch));
  assert.deepEqual([old.epoch, old.head.offset], [set.running.epoch, 500]);
  await old.stop();
  const store = sqliteStore(
    { path: join(to, 'cloud', 'cloud.sqlite'), worker: false },
    { ...world, feed: { publish() {} } },
  );
  await store.start(new AbortController().signal);
  assert.equal((await store.registry.node('edge-1'))?.epoch, set.running.epoch);
  await store.stop();
  await set.stop();
});

test('restore: what runs is not replaced, and what is there only when asked, aside [BAK-5]', async () => {
  await using set = await stage();
  await type(['backup', set.backup, '--data', set.data]);
  const plain = await type(['restore', set.backup, '--data', set.data]);
  assert.deepEqual([plain.code, /is not empty/.test(plain.err)], [4, true]);
  const busy = await type(['restore', set.backup, '--data', set.data, '--replace', '--tier', 'edge']);
  assert.deepEqual([busy.code, /runs on/.test(busy.err)], [4, true]);
  await set.stop();
  const done = await type(['restore', set.backup, '--data', set.data, '--replace']);
  assert.equal(done.code, 0, done.err);
  const names = await readdir(set.data);
  assert.equal(names.filter((name) => /^(edge|cloud)\.before-\d+$/.test(name)).length, 2);
});

test('restore: a backup of which one byte is other than written is refused, and so is one that is not whole [BAK-6]', async () => {
  await using set = await stage();
  await type(['backup', set.backup, '--data', set.data]);
  await set.stop();
  const to = join(set.root, 'other');
  await appendFile(join(set.backup, 'edge', 'identity', 'key.pem'), ' ');
  const told = await type(['restore', set.backup, '--data', to]);
  assert.equal(told.code, 1);
  assert.match(told.err, /1 of \d+ files are not as they were written: edge\/identity\/key.pem/);
  await rm(join(set.backup, 'selvedge-backup.json'));
  assert.match((await type(['restore', set.backup, '--data', to])).err, /cannot be read/);
  assert.deepEqual((await readdir(set.root)).sort(), ['copy', 'data']);
});

test('backup: a journal that does not verify is no backup [BAK-2]', async () => {
  await using set = await stage();
  await set.stop();
  const dir = join(set.data, 'edge', 'journal');
  const name = (await readdir(dir)).find((one) => one.endsWith('.seg'))!;
  const file = await systemDisk.open(join(dir, name), 'existing');
  await file.write(Buffer.from('XX'), 4_000);
  await file.close();
  const told = await type(['backup', set.backup, '--data', set.data]);
  assert.equal(told.code, 1);
  assert.match(told.err, /edge\/journal, at offset \d+: /);
  assert.equal((await readdir(set.root)).includes('copy'), false);
});
