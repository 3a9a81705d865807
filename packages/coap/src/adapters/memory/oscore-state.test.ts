import { test } from 'node:test';
import { replayStoreContract } from '../../oscore/replay-store.contract.ts';
import { memoryReplayStore } from './oscore-state.ts';

replayStoreContract(
  'memory replay store',
  async () => {
    const store = memoryReplayStore();
    return () => store;
  },
  test,
);
