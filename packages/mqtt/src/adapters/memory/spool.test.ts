import { test } from 'node:test';
import { spoolContract } from '../../spool.contract.ts';
import { memorySpool } from './spool.ts';

spoolContract(
  'memory spool',
  () => {
    const sizes = new Map<number | undefined, ReturnType<typeof memorySpool>>();
    return {
      async open(sizeMax) {
        const spool = sizes.get(sizeMax) ?? memorySpool(sizeMax === undefined ? {} : { sizeMax });
        sizes.set(sizeMax, spool);
        return spool;
      },
    };
  },
  (name, body) => void test(name, body),
);
