import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, journal } from '@selvedge/journal';
import { days, isFault, millis, seeded, seededEntropy, silentLog } from '@selvedge/kernel';
import { simulatedDisk } from '../../../../../testkit/src/disk/simulated-disk.ts';
import { testClock } from '../../../test/support/clock.ts';
import { sessionsContract } from '../../sessions.contract.ts';
import { journalSessions } from './sessions.ts';

for (const checkpointMin of [1, 1_000_000]) {
  sessionsContract(
    `journal sessions, a checkpoint each ${checkpointMin} bytes`,
    () => {
      const plate = simulatedDisk({ random: seeded(7) });
      return {
        async open() {
          plate.powerCut();
          const world = { clock: testClock(), disk: plate.mount(), entropy: seededEntropy(1), log: silentLog };
          const store = journalSessions({ dir: '/data/sessions', checkpointMin, segmentSize: 8_192 }, world);
          await store.start(new AbortController().signal);
          return store;
        },
      };
    },
    (name, body) => void test(name, body),
  );
}

/** Writes one record into the folder of a store. */
async function plant(disk: Disk, record: Uint8Array): Promise<void> {
  const classes = [{ name: 'sessions', bytesMax: 1_000_000, ageMax: days(1) }];
  const log = journal(
    { dir: '/data/sessions', classes, sizeMax: 1_000_000, segmentSize: 8_192, keep: millis(0) },
    { clock: testClock(), disk, entropy: seededEntropy(1), log: silentLog },
  );
  await log.start(new AbortController().signal);
  log.append(0, record);
  await log.commit();
}

test('journal sessions: a record that it cannot read is told at the start, not passed over [MQB-64]', async () => {
  for (const record of [Buffer.of(9), Buffer.of(1, 99, 0), Buffer.of(1, 4, 200), Buffer.of(1, 10, 1, 0x63)]) {
    const plate = simulatedDisk({ random: seeded(7) });
    await plant(plate.mount(), record);
    plate.kill();
    const world = { clock: testClock(), disk: plate.mount(), entropy: seededEntropy(1), log: silentLog };
    const store = journalSessions({ dir: '/data/sessions' }, world);
    await assert.rejects(store.start(new AbortController().signal), (cause) => isFault(cause, 'MQTT_STORE_UNREADABLE'));
  }
});

test('journal sessions: beyond what may wait for a disk that refuses, nothing is kept any more until a restart [MQB-112]', async () => {
  const plate = simulatedDisk({ random: seeded(7) });
  const world = { clock: testClock(), disk: plate.mount(), entropy: seededEntropy(1), log: silentLog };
  const store = journalSessions({ dir: '/data/sessions', unkeptMax: 10_000 }, world);
  await store.start(new AbortController().signal);
  store.opened('before', 60);
  await store.commit();
  plate.fail('write', 'EIO');
  for (let n = 0; n < 20; n++) {
    store.opened(`client ${n} ${'x'.repeat(1_000)}`, 60);
    await assert.rejects(async () => store.commit());
  }
  plate.heal();
  await assert.rejects(
    async () => store.commit(),
    (cause) => isFault(cause, 'MQTT_STORE_OVERFLOWN'),
  );
  plate.kill();
  const after = journalSessions({ dir: '/data/sessions' }, { ...world, disk: plate.mount() });
  await after.start(new AbortController().signal);
  assert.deepEqual(
    [...(await after.load()).sessions].map(({ clientId }) => clientId),
    ['before'],
  );
});
