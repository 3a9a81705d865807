import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { aNamed, shippedJournal } from '../../../test/shipped-journal.ts';
import type { Held, IngestLog, ShippedBatch } from '../../ports.ts';
import { intake } from './intake.ts';

/** A log in memory that lets a test hold its appends back and let them fail. */
function slowLog() {
  const appended: ShippedBatch[][] = [];
  let held: readonly Held[] = [];
  let fail: Error | undefined;
  let gate: PromiseWithResolvers<void> | undefined;
  const log: IngestLog = {
    owner: async () => undefined,
    held: async () => held,
    prunedTo: async () => 0,
    marks: async (_node, _epoch, [from, to]) =>
      appended.flat().filter((one) => one.firstOffset < to && from < one.firstOffset + one.count),
    async append(batches, next) {
      await gate?.promise;
      if (fail) throw fail;
      appended.push([...batches]);
      held = next;
    },
    setAside: async () => undefined,
    aside: async () => [],
    acknowledged: async () => [],
  };
  return {
    log,
    appended,
    close: () => (gate = Promise.withResolvers()),
    open: () => gate?.resolve(),
    failWith: (cause: Error | undefined) => (fail = cause),
  };
}

const batches = (count: number): readonly ShippedBatch[] => {
  const journal = shippedJournal();
  return Array.from({ length: count }, (_, seq) => journal.readings(aNamed(seq)));
};

test('intake: batches that come while one is being written share the next transaction', async () => {
  const slow = slowLog();
  const { take } = intake({ log: slow.log });
  slow.close();
  const taken = batches(10).map((batch) => take(batch));
  await Promise.resolve();
  slow.open();
  assert.deepEqual(new Set((await Promise.all(taken)).map(({ kind }) => kind)), new Set(['appended']));
  assert.ok(slow.appended.length <= 2, `${slow.appended.length} transactions`);
});

test('intake: a batch that is repeated in the same transaction, or later, is held and not appended again [CLD-3]', async () => {
  const slow = slowLog();
  const { take } = intake({ log: slow.log });
  const [one, two] = batches(2);
  const verdicts = await Promise.all([take(one!), take(one!), take(two!), take(one!)]);
  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    ['appended', 'held', 'appended', 'held'],
  );
  assert.equal((await take(two!)).kind, 'held');
  assert.equal(slow.appended.flat().length, 2);
});

test('intake: a fork is refused while its neighbours in the same transaction are taken [CLD-4]', async () => {
  const slow = slowLog();
  const { take } = intake({ log: slow.log });
  const [one, two] = batches(2);
  const foreign = { ...shippedJournal().readings(aNamed(500)), firstOffset: 1 };
  const verdicts = await Promise.all([take(one!), take(foreign), take(two!)]);
  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    ['appended', 'refused', 'appended'],
  );
  assert.equal(verdicts[1]!.kind === 'refused' && verdicts[1]!.code, 'FORK');
});

test('intake: when the log fails nobody is told that it was appended, and trying again works [CLD-2]', async () => {
  const slow = slowLog();
  const { take } = intake({ log: slow.log });
  const [one, two] = batches(2);
  slow.failWith(new Error('disk'));
  const results = await Promise.allSettled([take(one!), take(two!)]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  slow.failWith(undefined);
  assert.deepEqual(
    (await Promise.all([take(one!), take(two!)])).map(({ kind }) => kind),
    ['appended', 'appended'],
  );
});

test('intake: journals do not wait for each other', async () => {
  const slow = slowLog();
  const { take } = intake({ log: slow.log });
  const other = shippedJournal('edge-2', 'ba9876543210').readings(aNamed(1));
  assert.deepEqual(
    (await Promise.all([take(batches(1)[0]!), take(other)])).map(({ kind }) => kind),
    ['appended', 'appended'],
  );
  assert.equal(slow.appended.length, 2);
});

test('intake: beyond the bound it refuses, and takes again when the log has gone on [CLD-30]', async () => {
  const slow = slowLog();
  const { takeAll } = intake({ log: slow.log });
  slow.close();
  const all = batches(4_096);
  const results = Array.from({ length: 40 }, () =>
    takeAll(all).then(
      ([taken]) => taken?.kind,
      (cause) => (isFault(cause) ? cause.code : cause),
    ),
  );
  await Promise.resolve();
  slow.open();
  const outcomes = await Promise.all(results);
  const refused = outcomes.filter((one) => one === 'INGEST_BUSY').length;
  assert.ok(refused > 0 && refused < 10, `${refused} refused`);
  assert.equal((await takeAll(batches(4_097).slice(-1)))[0]?.kind, 'appended');
});

test('intake: a batch without records is the caller’s mistake', async () => {
  const { take } = intake({ log: slowLog().log });
  await assert.rejects(take({ ...batches(1)[0]!, count: 0 }), (cause) => isFault(cause, 'INGEST_MISUSED'));
});

test('intake: a claim looks at what all before it left behind, and from then on alone adds to the journal [LNK-54]', async () => {
  const slow = slowLog();
  const { claim, take, takeAll } = intake({ log: slow.log });
  const [one, two, three, four] = batches(4);
  const of = { node: one!.node, epoch: one!.epoch };
  slow.close();
  const first = take(one!);
  const looked: number[] = [];
  const looking = claim(of, (held) => looked.push(held.at(-1)?.to ?? 0) > 0);
  const behind = take(two!);
  await Promise.resolve();
  assert.deepEqual(looked, []);
  slow.open();
  assert.deepEqual([(await first).kind, (await behind).kind, looked], ['appended', 'late', [1]]);
  const own = await looking;
  assert.equal((await take(two!, own)).kind, 'appended');
  assert.equal(await claim(of, () => false), undefined);
  assert.equal(own?.isCurrent, true);
  const next = await claim(of, () => true);
  const verdicts = await Promise.all([takeAll([three!, four!], own), takeAll([three!], next)]);
  assert.deepEqual(
    verdicts.map((taken) => taken.map(({ kind }) => kind)),
    [['late', 'late'], ['appended']],
  );
  next?.end();
  assert.equal((await take(four!, next)).kind, 'appended');
});

test('intake: a claim fails with the log, and the next one looks again', async () => {
  const slow = slowLog();
  const answers = [Promise.reject(new Error('the store is away')), Promise.resolve([])];
  const held = (): Promise<readonly Held[]> => answers.shift()!;
  const { claim } = intake({ log: { ...slow.log, held } });
  const of = { node: 'n1', epoch: '0123456789ab' };
  await assert.rejects(
    claim(of, () => true),
    /away/,
  );
  assert.equal((await claim(of, () => true))?.isCurrent, true);
});
