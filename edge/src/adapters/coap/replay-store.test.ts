import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, seeded } from '@selvedge/kernel';
import { simulatedDisk } from '@selvedge/testkit';
import { replayStoreContract } from '../../../../packages/coap/src/oscore/replay-store.contract.ts';
import { diskSnapshots } from '../disk/snapshots.ts';
import { snapshotReplayStore } from './replay-store.ts';

replayStoreContract(
  'snapshot replay store',
  async () => {
    const plate = simulatedDisk({ random: seeded(1) });
    return () => snapshotReplayStore(diskSnapshots(plate.mount(), '/edge/snapshots'));
  },
  test,
);

test('snapshot replay store: what it saved survives a power cut, and a damaged state is no new beginning [EDG-113]', async () => {
  const plate = simulatedDisk({ random: seeded(2) });
  const open = () => {
    const snapshots = diskSnapshots(plate.mount(), '/edge/snapshots');
    return { snapshots, store: snapshotReplayStore(snapshots) };
  };
  await open().store.save('a', { reserved: 100, window: undefined });
  plate.powerCut();
  assert.equal((await open().store.load('a'))?.reserved, 100);
  for (const text of [
    '',
    '{}',
    '{"reserved":-1,"highest":null,"seen":null}',
    '{"reserved":1,"highest":2,"seen":null}',
  ]) {
    await open().snapshots.write('oscore-a', Buffer.from(text));
    await assert.rejects(open().store.load('a'), (cause) => isFault(cause, 'COAP_OSCORE_STATE_DAMAGED'), text);
  }
  plate.fail('open', 'EIO', 1);
  await assert.rejects(open().store.load('a'), (cause) => isFault(cause, 'COAP_OSCORE_STATE_FAILED'));
});
