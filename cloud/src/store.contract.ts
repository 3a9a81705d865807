import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodeReading, encodeRecord } from '@selvedge/protocol';
import type { OpenStore } from '../test/open-store.ts';
import { aNamed, aReading, shippedJournal, shipTime, stubOf } from '../test/shipped-journal.ts';
import { accessContract } from './store-access.contract.ts';
import { devicesContract } from './store-devices.contract.ts';

/** What every store keeps, whatever it is made of. `open` gives an empty one; `durable` if `reopen` finds its data again. */
export function storeContract(name: string, open: (t: TestContext) => Promise<OpenStore>, durable: boolean): void {
  logContract(name, open);
  telemetryContract(name, open);
  devicesContract(name, open);
  accessContract(name, open);
  if (durable) durableContract(name, open);
}

const wide = { from: 0, to: 1e15, limit: 10_000 };

function logContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  test(`${name}: batches may come in any order and more than once; what is held is told with its hashes [CLD-3, CLD-5]`, async (t) => {
    const { store, ship } = await open(t);
    const journal = shippedJournal();
    const [a, b, c] = [1, 2, 3].map((seq) => journal.readings(aNamed(seq), aNamed(seq + 10)));
    assert.deepEqual(await ship(c!, a!), [{ kind: 'appended' }, { kind: 'appended' }]);
    assert.deepEqual(await store.log.acknowledged('edge-1', journal.epoch), [
      [0, 2],
      [4, 6],
    ]);
    assert.deepEqual(await ship(a!, b!, c!), [{ kind: 'held' }, { kind: 'appended' }, { kind: 'held' }]);
    assert.deepEqual(await store.log.held('edge-1', journal.epoch), [
      { from: 0, to: 6, before: new Uint8Array(a!.prevHash), after: new Uint8Array(c!.hash) },
    ]);
    const marks = await store.log.marks('edge-1', journal.epoch, [3, 5]);
    assert.deepEqual(
      marks.map(({ firstOffset, count }) => [firstOffset, count]),
      [
        [2, 2],
        [4, 2],
      ],
    );
    assert.deepEqual(Buffer.from(marks[0]!.hash), Buffer.from(b!.hash));
    assert.equal((await store.telemetry.readings('pump-7', wide)).length, 6);
    assert.deepEqual(await store.log.held('edge-9', journal.epoch), []);
  });

  test(`${name}: a fork is refused and changes nothing [CLD-4]`, async (t) => {
    const { store, ship } = await open(t);
    const ours = shippedJournal();
    await ship(ours.readings(aNamed(1)));
    const [taken] = await ship(shippedJournal().readings(aNamed(2)));
    assert.ok(taken?.kind === 'refused' && taken.code === 'FORK');
    assert.deepEqual(
      (await store.telemetry.readings('pump-7', wide)).map((one) => one.seq),
      [1],
    );
  });

  test(`${name}: a batch that was set aside is shown and counts as acknowledged [CLD-6]`, async (t) => {
    const { store, ship } = await open(t);
    const journal = shippedJournal();
    const bad = journal.readings(aNamed(1));
    for (let times = 0; times < 2; times++) await store.log.setAside(bad, 'LINK_BATCH_BROKEN', 'other digest');
    await ship(journal.readings(aNamed(2)));
    const aside = await store.log.aside({ node: 'edge-1', limit: 10 });
    assert.deepEqual(
      aside.map(({ body, ...one }) => ({ ...one, bytes: body.length })),
      [
        {
          node: 'edge-1',
          epoch: journal.epoch,
          offset: 0,
          count: 1,
          code: 'LINK_BATCH_BROKEN',
          message: 'other digest',
          at: shipTime,
          bytes: bad.body?.length,
        },
      ],
    );
    assert.deepEqual(await store.log.acknowledged('edge-1', journal.epoch), [[0, 2]]);
    assert.deepEqual(
      (await store.log.held('edge-1', journal.epoch)).map(({ from, to }) => [from, to]),
      [[1, 2]],
    );
  });

  test(`${name}: a record that cannot be used is set aside with why, and the others go on [CLD-9]`, async (t) => {
    const { store, ship, lines } = await open(t);
    const good = encodeReading(aNamed(1));
    const unfit = encodeRecord('status', { device: 'pump-7', online: 'yes' as never, at: 1 });
    const broken = Buffer.from(good.subarray(0, good.length - 3));
    await ship(shippedJournal().batch([broken, unfit, Buffer.of(200, 1), good]));
    assert.equal((await store.telemetry.readings('pump-7', wide)).length, 1);
    const aside = await store.log.aside({ limit: 10 });
    assert.deepEqual(aside.map(({ offset, code, count }) => [offset, code, count]).sort(), [
      [0, 'RECORD_UNREADABLE', 1],
      [1, 'RECORD_UNFIT', 1],
      [2, 'RECORD_UNREADABLE', 1],
    ]);
    assert.match(aside.find((one) => one.offset === 1)!.message, /online of a status record/);
    assert.ok(lines.includes('records.set-aside'));
  });

  test(`${name}: a stub goes on with the chain and its records count as expired`, async (t) => {
    const { store, ship } = await open(t);
    const journal = shippedJournal();
    await ship(stubOf(journal.readings(aNamed(1), aNamed(2))), journal.readings(aNamed(3)));
    const audit = await store.auditor.store('edge-1', journal.epoch);
    assert.deepEqual([audit.records, audit.expired, audit.readings, audit.stored, audit.lost], [3, 2, 1, 1, 0]);
    assert.deepEqual([audit.held, audit.broken], [[[0, 3]], []]);
  });
}

function telemetryContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  test(`${name}: readings come back as they were, oldest first, late ones in their place [CLD-13]`, async (t) => {
    const { store, ship } = await open(t);
    const journal = shippedJournal();
    const all = Array.from({ length: 1_500 }, (_, seq) => aNamed(seq));
    const late = all.filter((one) => one.seq! % 7 === 3);
    const prompt = all.filter((one) => one.seq! % 7 !== 3);
    for (let at = 0; at < prompt.length; at += 250) await ship(journal.readings(...prompt.slice(at, at + 250)));
    await ship(journal.readings(...late));
    assert.deepEqual(await store.telemetry.readings('pump-7', wide), all);
    const range = { from: all[600]!.takenAt, to: all[900]!.takenAt };
    assert.deepEqual(await store.telemetry.readings('pump-7', { ...range, limit: 1_000 }), all.slice(600, 900));
    assert.deepEqual(await store.telemetry.readings('pump-7', { ...range, limit: 7 }), all.slice(600, 607));
    assert.deepEqual(await store.telemetry.readings('pump-7', { from: 5, to: 5, limit: 7 }), []);
    assert.deepEqual(await store.telemetry.readings('nobody', wide), []);
  });

  test(`${name}: a range finds readings of any time, over midnight and far away [CLD-13]`, async (t) => {
    const { store, ship } = await open(t);
    const midnight = Date.UTC(2026, 2, 2);
    const times = [-1e14, -1, -0.5, 0, 0.25, midnight - 1, midnight - 0.001, midnight, midnight + 1, 1e14];
    const all = times.map((takenAt, seq) => aReading({ takenAt, boot: 2, seq }));
    const journal = shippedJournal();
    // Three rounds fill the tail, so that the days become chunks.
    for (const boot of [1, 2, 3]) await ship(journal.readings(...all.map((one) => ({ ...one, boot }))));
    for (const [first, takenAt] of times.entries()) {
      const found = await store.telemetry.readings('pump-7', { from: takenAt, to: 1e15, limit: 1_000 });
      assert.deepEqual(
        found.filter((one) => one.boot === 2),
        all.slice(first),
      );
      const before = await store.telemetry.readings('pump-7', { from: -1e15, to: takenAt, limit: 1_000 });
      assert.deepEqual(
        before.filter((one) => one.boot === 2),
        all.slice(0, first),
      );
    }
  });

  test(`${name}: a series folds the same readings, whether they lie in chunks or not [CLD-16]`, async (t) => {
    const { store, ship } = await open(t);
    const all = Array.from({ length: 1_100 }, (_, seq) =>
      aNamed(seq, { values: { temperature: seq, on: seq % 2 === 0, note: 'x' } }),
    );
    const journal = shippedJournal();
    for (let at = 0; at < all.length; at += 100) await ship(journal.readings(...all.slice(at, at + 100)));
    const range = { from: shipTime, to: shipTime + 1_100_000 };
    assert.deepEqual(await store.telemetry.series('pump-7', 'temperature', { ...range, points: 1 }), [
      { time: shipTime, count: 1_100, min: 0, max: 1_099, mean: 549.5 },
    ]);
    const eleven = await store.telemetry.series('pump-7', 'temperature', { ...range, points: 11 });
    assert.deepEqual(eleven[3], { time: shipTime + 300_000, count: 100, min: 300, max: 399, mean: 349.5 });
    assert.equal((await store.telemetry.series('pump-7', 'on', { ...range, points: 1 }))[0]?.mean, 0.5);
    assert.deepEqual(await store.telemetry.series('pump-7', 'note', { ...range, points: 4 }), []);
    assert.deepEqual(await store.telemetry.metrics('pump-7'), ['on', 'temperature']);
  });

  test(`${name}: a reading is stored once by its name, whatever node ships it; unnamed ones always [CLD-8]`, async (t) => {
    const { store, ship } = await open(t);
    const one = shippedJournal('edge-1', 'aaaaaaaaaaaa');
    const two = shippedJournal('edge-2', 'bbbbbbbbbbbb');
    await ship(
      one.readings(aNamed(1), aNamed(2), aNamed(2), aReading(), aReading()),
      two.readings(aNamed(2), aNamed(3)),
    );
    await ship(one.readings(aNamed(3), aNamed(3, { boot: 2 })));
    const stored = await store.telemetry.readings('pump-7', wide);
    assert.deepEqual(stored.map(({ boot = 0, seq = 0 }) => `${boot}/${seq}`).sort(), [
      '0/0',
      '0/0',
      '1/1',
      '1/2',
      '1/3',
      '2/3',
    ]);
    assert.equal((await store.registry.device('pump-7'))?.readingsTotal, 6);
    const audits = [await store.auditor.store('edge-1', one.epoch), await store.auditor.store('edge-2', two.epoch)];
    assert.deepEqual(
      audits.map(({ readings, stored: kept, duplicates, lost, doubled }) => [
        readings,
        kept,
        duplicates,
        lost,
        doubled,
      ]),
      [
        [7, 5, 2, 0, 0],
        [2, 1, 1, 0, 0],
      ],
    );
  });
}

function durableContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  test(`${name}: what was appended is there after a new start, and what was not projected is projected then [CLD-7]`, async (t) => {
    const opened = await open(t);
    const journal = shippedJournal();
    await opened.ship(journal.readings(aNamed(1), aNamed(2)));
    const [batch, held] = [journal.readings(aNamed(3)), await opened.store.log.held('edge-1', journal.epoch)];
    await opened.store.log.append([batch], [{ ...held[0]!, to: 3, after: batch.hash }]);
    const again = await opened.reopen();
    await again.store.projections.catchUp();
    assert.deepEqual(
      (await again.store.telemetry.readings('pump-7', wide)).map((one) => one.seq),
      [1, 2, 3],
    );
    assert.equal((await again.store.registry.device('pump-7'))?.readingsTotal, 3);
    const audit = await again.store.auditor.store('edge-1', journal.epoch);
    assert.deepEqual([audit.stored, audit.lost, audit.doubled, audit.broken], [3, 0, 0, []]);
  });

  test(`${name}: after a new start no node is online until its link is up [CLD-21]`, async (t) => {
    const opened = await open(t);
    await opened.store.registry.nodeSeen('edge-1', '0123456789ab', shipTime);
    await opened.store.registry.nodeOnline('edge-1', true, shipTime + 1);
    assert.equal((await opened.store.registry.node('edge-1'))?.online, true);
    const again = await opened.reopen();
    assert.equal((await again.store.registry.node('edge-1'))?.online, false);
    assert.equal((await again.store.registry.node('edge-1'))?.lastSeen, shipTime + 1);
  });
}
