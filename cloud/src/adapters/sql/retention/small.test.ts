import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore, scratchPath } from '../../../../test/open-store.ts';
import { tamper } from '../../../../test/tamper.ts';

const day = 86_400_000;

test('retention: which occurrences of alerts were counted is known of the last day, and of those before by their age [CLD-39]', async (t) => {
  const path = scratchPath(t);
  const { store } = await openStore(t, { path, worker: false });
  tamper(path, (hand) => {
    for (const [id, at] of Object.entries({ old: 1 * day, late: 9.5 * day, last: 10 * day }))
      hand.run('insert into occurrence (id, at) values (?, ?)', id, at);
  });
  const taken = async (before?: number): Promise<number> =>
    (await store.retention.prune({ kind: 'alerts', why: 'age', at: 0, ...(before !== undefined && { before }) })).rows;
  assert.equal(await taken(1 * day), 0);
  assert.equal(await taken(2 * day), 1);
  assert.equal(await taken(), 0);
});

test('retention: secrets go 30 days after their time [CLD-39]', async (t) => {
  const path = scratchPath(t);
  const { store } = await openStore(t, { path, worker: false });
  const kept = (): unknown => {
    let count: unknown;
    tamper(path, (hand) => {
      count = hand.one('select count(*) as count from once')['count'];
    });
    return count;
  };
  await store.access.issueSignIn('ada', 1 * day);
  await store.access.issueSignIn('ada', 30 * day);
  assert.equal(kept(), 2);
  await store.access.signIn('of nobody', 31 * day);
  assert.equal(kept(), 2);
  await store.access.signIn('of nobody', 31 * day + 1);
  assert.equal(kept(), 1);
});
