import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededEntropy, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { openStore, scratchPath, stillClock } from '../../../test/open-store.ts';
import { aNamed, shippedJournal } from '../../../test/shipped-journal.ts';
import { tamper } from '../../../test/tamper.ts';
import { intake } from '../../engines/ingest/intake.ts';
import type { FeedEvent } from '../../ports.ts';
import { sqliteStore } from './store.ts';

/** One history of a store whose clock never gives the event loop back. */
async function history(): Promise<{ readonly events: readonly FeedEvent[]; readonly turned: boolean }> {
  const events: FeedEvent[] = [];
  const clock = { ...stillClock(), soon: (task: () => void) => queueMicrotask(task) };
  const feed = { publish: (event: FeedEvent) => void events.push(event) };
  const store = sqliteStore(
    { path: ':memory:', worker: false },
    { clock, feed, log: silentLog, entropy: seededEntropy(1) },
  );
  let turned = false;
  systemClock.soon(() => (turned = true));
  await store.start(new AbortController().signal);
  const { take } = intake({ log: store.log });
  const journal = shippedJournal();
  for (let batch = 0; batch < 5; batch++) {
    await take(journal.readings(...Array.from({ length: 100 }, (_, i) => aNamed(batch * 100 + i))));
    await store.registry.nodeSeen('edge-1', journal.epoch, batch);
  }
  await store.projections.catchUp();
  await store.auditor.store('edge-1', journal.epoch);
  await store.telemetry.readings('pump-7', { from: 0, to: 1e15, limit: 10 });
  await store.stop();
  return { events, turned };
}

test('store: without threads everything settles in microtasks, so a simulation repeats itself [CLD-32]', async () => {
  const [one, other] = [await history(), await history()];
  assert.equal(one.turned, false);
  assert.ok(one.events.length > 5);
  assert.deepEqual(one.events, other.events);
});

test('store: what is announced is committed already, and at most one reading a device and step [CLD-11]', async (t) => {
  const path = scratchPath(t);
  const { store, events, ship } = await openStore(t, { path, worker: false });
  const seen: number[] = [];
  const push = events.push.bind(events);
  events.push = (event: FeedEvent) => {
    tamper(path, ({ one }) => seen.push(one('select readings_total from device')['readings_total'] as number));
    return push(event);
  };
  await ship(shippedJournal().readings(...Array.from({ length: 50 }, (_, seq) => aNamed(seq))));
  assert.deepEqual(seen, [50]);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['reading'],
  );
  assert.equal((await store.registry.device('pump-7'))?.readingsTotal, 50);
});

test('store: secrets are in the database as digests only [CLD-28]', async (t) => {
  const path = scratchPath(t);
  const { store } = await openStore(t, { path, worker: false });
  const { access } = store;
  const secrets = [
    await access.issueToken('ann'),
    await access.issueSignIn('ann', 1e15),
    await access.issueEnrolment('edge-9', 1e15),
  ];
  await store.stop();
  const bytes = readFileSync(path);
  assert.ok(bytes.includes('edge-9'));
  for (const secret of secrets) {
    assert.equal(bytes.includes(secret), false);
    assert.equal(bytes.includes(Buffer.from(secret, 'base64url')), false);
  }
});

test('store: batches and the positions they lead to are written together or not at all [CLD-2]', async (t) => {
  const path = scratchPath(t);
  const { store } = await openStore(t, { path, worker: false });
  const journal = shippedJournal();
  const [one, two] = [journal.readings(aNamed(1)), journal.readings(aNamed(2))];
  tamper(path, ({ run }) => run("create trigger stop before insert on held begin select raise(abort, 'stopped'); end"));
  await assert.rejects(store.log.append([one, two], [{ from: 0, to: 2, before: one.prevHash, after: two.hash }]));
  tamper(path, ({ one: row, run }) => {
    assert.equal(row('select count(*) as rows from log')['rows'], 0);
    run('drop trigger stop');
  });
  await store.log.append([one, two], [{ from: 0, to: 2, before: one.prevHash, after: two.hash }]);
  await assert.rejects(store.log.append([two], [{ from: 0, to: 2, before: one.prevHash, after: two.hash }]));
  assert.equal((await store.log.marks('edge-1', journal.epoch, [0, 9])).length, 2);
});

test('store: however small the steps, a day of readings ends up in full chunks [CLD-14]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  const journal = shippedJournal();
  for (let seq = 0; seq < 1_200; seq += 3) await ship(journal.readings(aNamed(seq), aNamed(seq + 1), aNamed(seq + 2)));
  await store.stop();
  tamper(path, ({ one }) => {
    const small = one('select count(*) as chunks, sum(rows) as rows from chunk where rows < 512');
    const full = one('select count(*) as chunks, sum(rows) as rows from chunk where rows >= 512');
    assert.ok(Number(full['rows']) >= 1_024 && Number(small['chunks']) < 32, JSON.stringify({ small, full }));
  });
});
