import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Story } from '../story.ts';
import type { Defect } from './defect.ts';
import { catches } from './table.ts';

/** Seeds that are tried before a story counts as blind to a bug. */
const seedsMax = 60;

for (const { defect, by, as } of catches) {
  for (const story of by) {
    test(`${story.name}: it catches that ${defect.about} [TST-36]`, async () => {
      const seed = await firstCaught(story, defect, as);
      assert.ok(seed > 0, `${story.name} tells nothing of ${defect.name} in ${seedsMax} seeds`);
    });
  }
}

async function firstCaught(story: Story, defect: Defect, as: readonly string[]): Promise<number> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { violations } = await story.tell(seed, defect);
    if (violations.some(({ invariant }) => as.includes(invariant))) return seed;
  }
  return 0;
}
