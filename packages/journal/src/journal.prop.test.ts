import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import fc from 'fast-check';
import { tell } from './story.contract.ts';

test('journal: whatever happens to process, disk and power, all its promises hold [JRN-3, JRN-10, JRN-18, JRN-22, JRN-23]', async () => {
  const seen = new Set<string>();
  const lives = fc.asyncProperty(fc.nat(), (seed) => tell(seeded(seed), { steps: 40, seen }));
  await fc.assert(lives, { seed: 20_250_101, numRuns: 300, endOnFailure: true });
  const expected = [
    'stop',
    'kill',
    'cut',
    'refused',
    'survived without acknowledgement',
    'expired by age',
    'expired by bytes',
  ];
  const faults = ['JOURNAL_FULL', 'JOURNAL_DISK_FULL', 'JOURNAL_DISK_FAILED'];
  const missing = ['missing because expired', 'missing because acknowledged'];
  for (const one of [...expected, ...faults, ...missing]) assert.ok(seen.has(one), `it never came to: ${one}`);
});
