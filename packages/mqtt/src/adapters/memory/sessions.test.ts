import { test } from 'node:test';
import { sessionsContract } from '../../sessions.contract.ts';
import { memorySessions } from './sessions.ts';

sessionsContract(
  'memory sessions',
  () => {
    const store = memorySessions();
    return { open: () => store };
  },
  (name, body) => void test(name, body),
);
