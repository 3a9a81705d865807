import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isFault, seeded } from '@selvedge/kernel';
import { simulatedDisk } from '@selvedge/testkit';
import { diskReplayStore } from '../../index.ts';
import { replayStoreContract } from '../../oscore/replay-store.contract.ts';

const scratch = await mkdtemp(join(tmpdir(), 'selvedge-oscore-'));
after(() => rm(scratch, { recursive: true }));
let folders = 0;
const fresh = (): string => join(scratch, `folder-${folders++}`, 'oscore');

replayStoreContract(
  'disk replay store',
  async () => {
    const dir = fresh();
    return () => diskReplayStore({ dir });
  },
  test,
);

const state = (reserved: number) => ({ reserved, window: undefined });

test('disk replay store: its files are for their owner alone, and hold no more than two slots [COA-241]', async () => {
  const dir = fresh();
  const store = diskReplayStore({ dir });
  for (let turn = 1; turn <= 5; turn++) await store.save('a', state(turn));
  assert.deepEqual(await readdir(dir), ['a.oscore']);
  const { mode, size } = await stat(join(dir, 'a.oscore'));
  assert.deepEqual([(mode & 0o777).toString(8), size], ['600', 8_192]);
});

test('disk replay store: with one slot damaged the other one counts, with both nothing is guessed [COA-241]', async () => {
  const dir = fresh();
  const path = join(dir, 'a.oscore');
  const store = diskReplayStore({ dir });
  for (let turn = 1; turn <= 4; turn++) await store.save('a', state(turn * 100));
  const whole = await readFile(path);
  for (const [at, found] of [
    [8, 400],
    [4_096 + 8, 300],
  ] as const) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 0x10;
    await writeFile(path, damaged);
    const newest = (await diskReplayStore({ dir }).load('a'))?.reserved;
    assert.ok(newest === found || newest === 700 - found, `${newest}`);
  }
  for (const none of [Buffer.alloc(0), Buffer.alloc(8_192), whole.subarray(0, 5), Buffer.alloc(8_192, 0xff)]) {
    await writeFile(path, none);
    await assert.rejects(diskReplayStore({ dir }).load('a'), (cause) => isFault(cause, 'COAP_OSCORE_STATE_DAMAGED'));
  }
});

test('disk replay store: every bit of a slot counts [COA-241]', async () => {
  const dir = fresh();
  const path = join(dir, 'a.oscore');
  await diskReplayStore({ dir }).save('a', { reserved: 1_000, window: { highest: 40, seen: Buffer.alloc(4, 0xa5) } });
  const whole = await readFile(path);
  const size = 6 + whole.readUInt16BE(0);
  for (let bit = 0; bit < size * 8; bit++) {
    const damaged = Buffer.from(whole);
    for (const slot of [0, 4_096]) damaged[slot + (bit >> 3)]! ^= 1 << (bit & 7);
    await writeFile(path, damaged);
    await assert.rejects(diskReplayStore({ dir }).load('a'), (cause) => isFault(cause), `bit ${bit}`);
  }
});

test('disk replay store: a failure of the disk is a fault, and the state before stays [COA-240]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const open = () => diskReplayStore({ dir: '/data/oscore', disk: plate.mount() });
  const store = open();
  await store.save('a', state(100));
  for (const call of ['open', 'write', 'sync'] as const) {
    plate.fail(call, 'EIO', 1);
    await assert.rejects(store.save('a', state(200)), (cause) => isFault(cause, 'COAP_OSCORE_STATE_FAILED'));
    assert.ok([100, 200].includes((await open().load('a'))?.reserved ?? 0), call);
  }
  plate.fail('open', 'EACCES', 1);
  await assert.rejects(open().load('a'), (cause) => isFault(cause, 'COAP_OSCORE_STATE_FAILED'));
  await store.save('a', state(300));
  assert.equal((await open().load('a'))?.reserved, 300);
});

test('disk replay store: a power cut at any call leaves the state before or the new one [COA-240]', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const plate = simulatedDisk({ random: seeded(seed) });
    const store = diskReplayStore({ dir: '/data/oscore', disk: plate.mount() });
    let acknowledged = 0;
    let begun = 0;
    const cut = plate.cutAfter(1 + (seed % 60));
    const life = (async () => {
      for (let turn = 1; ; turn++) {
        begun = turn;
        await store.save('a', state(turn));
        acknowledged = turn;
      }
    })();
    await Promise.race([cut, life]);
    const found = (await diskReplayStore({ dir: '/data/oscore', disk: plate.mount() }).load('a'))?.reserved ?? 0;
    assert.ok(found >= acknowledged && found <= begun, `seed ${seed}: ${found}, acknowledged ${acknowledged}`);
  }
});
