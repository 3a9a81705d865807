import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { isFault, silentLog } from '@selvedge/kernel';
import { openStore, scratchPath } from '../../../test/open-store.ts';
import { aNamed, shippedJournal } from '../../../test/shipped-journal.ts';
import { tamper } from '../../../test/tamper.ts';
import { openDatabase } from './database.ts';
import { logTable } from './log.ts';
import { spawnWorker } from './worker-call.ts';

const faultOf = (code: string) => (cause: unknown) => {
  assert.ok(isFault(cause), String(cause));
  assert.equal(cause.code, code);
  assert.ok(cause.hint.length > 20);
  return true;
};
const opening = (t: TestContext, path: string, worker = false) => openStore(t, { path, worker });

test('faults: a full disk refuses the batch, keeps what was there, and takes it when there is room [CLD-31]', async (t) => {
  const path = scratchPath(t);
  const db = openDatabase(path, { readOnly: false });
  const log = logTable(db);
  const pages = async (statement: string) =>
    (await db.executeQuery({ sql: statement, parameters: [] } as never)).rows[0] as Record<string, number>;
  const journal = shippedJournal();
  // Digests: text that zstd cannot make small.
  const noise = (of: number): string => hash('sha512', `${of}`);
  const batch = (first: number) =>
    journal.readings(
      ...Array.from({ length: 400 }, (_, i) => aNamed(first + i, { values: { text: noise(first + i) } })),
    );
  const [one, two] = [batch(0), batch(400)];
  await log.append([one], [{ from: 0, to: 400, before: one.prevHash, after: one.hash }]);
  const { page_count: count } = await pages('pragma page_count');
  await pages(`pragma max_page_count = ${count}`);
  const held = [{ from: 0, to: 800, before: one.prevHash, after: two.hash }];
  await assert.rejects(log.append([two], held), faultOf('STORE_FULL'));
  assert.deepEqual(
    (await log.held('edge-1', journal.epoch)).map(({ from, to }) => [from, to]),
    [[0, 400]],
  );
  await pages('pragma max_page_count = 1000000');
  await log.append([two], held);
  assert.deepEqual(
    (await log.held('edge-1', journal.epoch)).map(({ from, to }) => [from, to]),
    [[0, 800]],
  );
  await db.destroy();
});

test('faults: a database that another program holds is told as locked [CLD-31]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await opening(t, path);
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  await assert.rejects(store.access.issueToken('ann'), faultOf('STORE_LOCKED'));
  other.exec('rollback');
  other.close();
  assert.equal((await ship(shippedJournal().readings(aNamed(1))))[0]?.kind, 'appended');
});

test('faults: what is no database, or a damaged one, is told as corrupt [CLD-31]', async (t) => {
  const path = scratchPath(t);
  writeFileSync(path, 'a text that somebody put here, long enough to have a header '.repeat(20));
  await assert.rejects(opening(t, path), faultOf('STORE_CORRUPT'));
  await assert.rejects(opening(t, path, true), faultOf('STORE_CORRUPT'));

  const damaged = scratchPath(t);
  const { store, ship } = await opening(t, damaged);
  await ship(shippedJournal().readings(...Array.from({ length: 2_000 }, (_, seq) => aNamed(seq))));
  await store.stop();
  const size = readFileSync(damaged).length;
  const file = openSync(damaged, 'r+');
  for (let at = 8_192; at < size; at += 8_192) writeSync(file, Buffer.alloc(8_192, 0xff), 0, 8_192, at);
  await assert.rejects(async () => {
    const again = await opening(t, damaged);
    await again.store.registry.devices({ limit: 10 });
  }, faultOf('STORE_CORRUPT'));
});

test('faults: a folder that is not there, a newer format and a foreign database are told for what they are [CLD-31]', async (t) => {
  await assert.rejects(opening(t, `${scratchPath(t)}/below/cloud.db`), faultOf('STORE_UNWRITABLE'));
  await assert.rejects(opening(t, `${scratchPath(t)}/below/cloud.db`, true), faultOf('STORE_UNWRITABLE'));
  const newer = scratchPath(t);
  await (await opening(t, newer)).store.stop();
  tamper(newer, ({ run }) => run('pragma user_version = 99'));
  await assert.rejects(opening(t, newer), faultOf('STORE_NEWER'));
  const foreign = scratchPath(t);
  tamper(foreign, ({ run }) => run('create table notes (text)'));
  await assert.rejects(opening(t, foreign), faultOf('STORE_FOREIGN'));
});

test('faults: a thread that ends by itself fails what waits for it, and what is asked later [CLD-31]', async () => {
  const worker = spawnWorker('store-writer', null as never, silentLog);
  await assert.rejects(worker.open(), faultOf('STORE_WORKER_ENDED'));
  await assert.rejects(worker.call('registry', 'nodes', []), faultOf('STORE_WORKER_ENDED'));
  await worker.end();
});

test('faults: beyond the bound, calls are refused as busy, and those before it are answered [CLD-30]', async (t) => {
  const worker = spawnWorker('store-writer', { path: scratchPath(t), readOnly: false }, silentLog);
  await worker.open();
  const calls = Array.from({ length: 10_001 }, () => worker.call('access', 'operatorOf', [new Uint8Array(32)]));
  const outcomes = await Promise.allSettled(calls);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10_000);
  const last = outcomes.at(-1)!;
  assert.ok(last.status === 'rejected' && faultOf('STORE_BUSY')(last.reason));
  await worker.end();
});
