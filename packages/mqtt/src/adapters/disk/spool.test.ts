import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemDisk } from '@selvedge/journal/disk';
import { isFault, seeded } from '@selvedge/kernel';
import { simulatedDisk } from '../../../../../testkit/src/disk/simulated-disk.ts';
import { settle } from '../../../test/support/clock.ts';
import { spoolContract } from '../../spool.contract.ts';
import { lanes } from './lanes.ts';
import { type DiskSpool, diskSpool } from './spool.ts';

const signal = new AbortController().signal;

spoolContract(
  'disk spool, the power cut between its lives',
  () => {
    const plate = simulatedDisk({ random: seeded(3) });
    return {
      async open(sizeMax) {
        plate.powerCut();
        const spool = diskSpool({ dir: '/data/spool', ...(sizeMax ? { sizeMax } : {}) }, { disk: plate.mount() });
        await spool.start(signal);
        return spool;
      },
    };
  },
  (name, body) => void test(name, body),
);

const scratch = await mkdtemp(join(tmpdir(), 'mqtt-spool-'));
after(() => rm(scratch, { recursive: true }));
let folders = 0;

spoolContract(
  'disk spool on the machine’s disk',
  () => {
    const dir = join(scratch, `${(folders += 1)}`);
    let before: DiskSpool | undefined;
    return {
      async open(sizeMax) {
        await before?.stop();
        before = diskSpool({ dir, ...(sizeMax ? { sizeMax } : {}) }, { disk: systemDisk });
        await before.start(signal);
        return before;
      },
    };
  },
  (name, body) => void test(name, body),
);

test('disk spool: a folder that another one has is MQTT_SPOOL_UNUSABLE [MQB-153]', async () => {
  const disk = simulatedDisk({ random: seeded(3) }).mount();
  const one = diskSpool({ dir: '/data/spool' }, { disk });
  await one.start(signal);
  const other = diskSpool({ dir: '/data/spool' }, { disk });
  await assert.rejects(other.start(signal), (cause) => isFault(cause, 'MQTT_SPOOL_UNUSABLE'));
  await one.stop();
});

test('disk spool: what fails is told to whom it concerns, and a payload that failed gives its room back [MQB-156]', async () => {
  const plate = simulatedDisk({ random: seeded(3) });
  const spool = diskSpool({ dir: '/data/spool' }, { disk: plate.mount() });
  await spool.start(signal);
  await spool.load(new Map());
  for (const call of ['open', 'write', 'sync', 'syncDir'] as const) {
    const file = spool.create(100, true)!;
    plate.fail(call, 'EIO', 1);
    await assert.rejects(
      file.write(Buffer.alloc(100)).then(() => file.finish()),
      { code: 'EIO' },
    );
    await file.remove();
  }
  assert.deepEqual([spool.sizeBytes, plate.paths()], [0, []]);
});

test('disk spool: of many calls two are at the disk at once, so that journals find their way between [MQB-158]', async () => {
  const lane = lanes(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const all = [0, 1, 2, 3, 4].map((task) =>
    lane(async () => {
      begun.push(task);
      await new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  for (let most = 2; ends.length > 0; most = Math.min(5, most + 1)) {
    await settle(1);
    assert.equal(begun.length, most);
    ends.shift()!();
    await settle(1);
  }
  await Promise.all(all);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});
