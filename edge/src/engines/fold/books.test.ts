import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, localClass, quality } from '@selvedge/protocol';
import { booksSite, cloudBalance, foldsOf, readingsOf } from './site.fixture.ts';

const minute = 61_000;
const folding = [{ name: 'all', send: 'folded', fold: { oneOf: 0, interval: '2m' } }];

test('books: folded readings are counted at each closing, and told as an aggregate when its interval is over [ROU-20]', async () => {
  const one = booksSite(1, folding);
  await one.boot();
  for (const t of [3, 1, 2]) await one.publish('a', { t, on: true, text: 'x' });
  await one.run(minute);
  const [first, ...others] = foldsOf(await one.records()).flatMap(({ rows }) => rows);
  assert.deepEqual(first, { source: 'a', reason: 'folded', policy: 'all', count: 3, open: 3 });
  assert.equal(others.length, 0);
  await one.run(minute);
  const told = foldsOf(await one.records()).flatMap(({ rows }) => rows)[1]!;
  const { metrics, count, from, to } = told.aggregate!;
  assert.deepEqual([told.count, told.open, count], [0, 0, 3]);
  assert.ok(from < to);
  const deviation = Math.sqrt(2 / 3);
  assert.equal(metrics.length, 1);
  assert.ok(Math.abs(metrics[0]!.deviation - deviation) < 1e-12);
  assert.deepEqual(
    { ...metrics[0]!, deviation: 0 },
    { metric: 't', count: 3, min: 1, max: 3, mean: 2, deviation: 0, first: 3, last: 2 },
  );
});

test('books: rules judge what stays here, and its last reading can be asked for here [ROU-22]', async () => {
  const one = booksSite(2, [{ name: 'none', send: 'nothing' }]);
  await one.boot();
  assert.equal(await one.publish('pump-7', { temperature: 91.5 }, 200), 'acknowledged');
  assert.deepEqual(
    one.heard.map(({ topic }) => topic),
    ['alerts/pump-7', 'commands/pump-7'],
  );
  assert.deepEqual(one.latest.of('pump-7')!.values, { temperature: 91.5 });
  one.powerCut();
  await one.boot();
  await one.run(500);
  assert.deepEqual(one.latest.of('pump-7')!.values, { temperature: 91.5 }, 'also after a start');
  assert.deepEqual(
    readingsOf(await one.records()).map(({ klass }) => klass),
    [localClass],
  );
});

test('books: private values are in nothing that leaves: readings, aggregates, alerts, commands, statistics, quarantine [ROU-23]', async () => {
  const one = booksSite(3, [{ name: 'veil', private: ['temperature', 'operator'] }]);
  await one.boot();
  for (let i = 0; i < 20; i++) {
    const end = await one.publish('pump-7', {
      temperature: 91.625 + i,
      operator: 'Ada',
      humidity: 40 + i,
      $boot: 1,
      $seq: i,
    });
    assert.equal(end, 'acknowledged');
  }
  await one.publish('pump-7', ['Ada', 91.625]);
  await one.run(2 * minute);
  const leaving = (await one.records()).filter(({ klass }) => klass !== localClass);
  const text = JSON.stringify(leaving);
  const kinds = new Set(leaving.map(({ kind }) => kind));
  for (const kind of ['reading', 'alert', 'command', 'statistics', 'fold', 'ledger', 'quarantine'])
    assert.ok(kinds.has(kind), kind);
  assert.equal(/Ada|9[1-9]\.625|1[01]\d\.625|operator/.test(text), false);
  const sent = readingsOf(leaving).map(({ body }) => [
    body.seq,
    Object.keys(body.values),
    body.quality & quality.redacted,
  ]);
  assert.deepEqual(
    sent,
    Array.from({ length: 20 }, (_, i) => [i, ['humidity'], quality.redacted]),
  );
  assert.deepEqual(cloudBalance(await one.records()).imbalances, []);
});

test('books: a configuration without the policy tells no more of what was withheld than its number [ROU-24]', async () => {
  const one = booksSite(4, [{ name: 'none', send: 'nothing' }]);
  await one.boot();
  await one.publish('a', { t: 41.25 });
  one.powerCut();
  await one.boot(folding);
  await one.run(3 * minute);
  const rows = foldsOf(await one.records()).flatMap((fold) => fold.rows);
  assert.deepEqual(
    rows.map(({ reason, count, aggregate }) => [reason, count, aggregate]),
    [['withheld', 1, undefined]],
  );
});

test('books: without policies readings lie where they always did, and the ledger closes by offset [ROU-25]', async () => {
  const one = booksSite(5, []);
  await one.boot();
  await one.publish('a', { t: 1 });
  await one.run(minute);
  const all = await one.records();
  assert.deepEqual(
    readingsOf(all).map(({ klass, body }) => [klass, body.quality]),
    [[classOf('reading'), quality.timeFromEdge]],
  );
  assert.equal(foldsOf(all).length, 0);
  const { closings, ledger } = await one.audit();
  assert.deepEqual([closings, ledger[0]!.journaled], [{ judged: 1, imbalances: [] }, 1]);
});

test('books: what a refused commit took back is counted as refused, not as journaled [LED-1] [LED-2]', async () => {
  const one = booksSite(6, folding);
  await one.boot();
  await one.publish('a', { t: 1, $boot: 1, $seq: 0 });
  one.disk.resize(one.disk.usedBytes);
  assert.equal(await one.publish('a', { t: 2, $boot: 1, $seq: 1 }, 500), 'refused');
  one.disk.resize(1e9);
  await one.run(5_000);
  assert.equal(await one.publish('a', { t: 2, $boot: 1, $seq: 1 }), 'acknowledged');
  await one.run(2 * minute);
  const { ledger, closings } = await one.audit();
  const { received, refused, journaled } = ledger[0]!;
  assert.deepEqual([received, refused, journaled], [3, 1, 2]);
  assert.deepEqual(closings!.imbalances, []);
});

test('books: a journal from before the class for what stays here opens, and its readings are not counted again [ROU-26]', async () => {
  const one = booksSite(7, folding);
  await one.writeOld('a', 'b');
  await one.boot();
  assert.equal(await one.publish('a', { n: 1, $boot: 1, $seq: 1 }), 'acknowledged');
  assert.equal(await one.publish('a', { n: 0, $boot: 1, $seq: 0 }), 'acknowledged', 'known, and not stored again');
  await one.run(2 * minute);
  const all = await one.records();
  assert.deepEqual(
    readingsOf(all).map(({ klass, body }) => [klass, body.device, body.seq]),
    [
      [classOf('reading'), 'a', 0],
      [classOf('reading'), 'b', 0],
      [localClass, 'a', 1],
    ],
  );
  const { ledger, closings } = await one.audit();
  assert.deepEqual(
    ledger.map(({ source, received, duplicates, journaled }) => [source, received, duplicates, journaled]),
    [['a', 2, 1, 1]],
  );
  assert.deepEqual(closings!.imbalances, []);
});
