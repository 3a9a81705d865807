import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { batchHash, bodyDigest } from '@selvedge/journal';
import { encodeReading } from '@selvedge/protocol';
import { openStore, scratchPath, stillClock } from '../../../../test/open-store.ts';
import { aNamed, aReading, type ShippedJournal, shippedJournal, shipTime } from '../../../../test/shipped-journal.ts';
import { copyDatabase, type Tamper, tamper } from '../../../../test/tamper.ts';
import { pack, unpack } from '../../../engines/telemetry/zstd.ts';
import type { ShippedBatch, StoreAudit } from '../../../ports.ts';

/** One sound store that every test gets a copy of: three devices, chunks, small chunks and tails, and other records. */
const dir = mkdtempSync(join(tmpdir(), 'selvedge-audit-'));
const sound = join(dir, 'sound.db');
const epoch = '0123456789ab';
const readings = 2_000;

const soundBatches = (journal: ShippedJournal): readonly ShippedBatch[] => {
  const row = { source: 'pump-7', received: 5, refused: 0, duplicates: 0, quarantined: 0, journaled: 5 };
  const batches = Array.from({ length: readings / 40 }, (_, batch) =>
    journal.readings(
      ...Array.from({ length: 40 }, (__, i) => {
        const seq = batch * 40 + i;
        return i % 20 === 0
          ? aReading({ device: 'fan-1', takenAt: shipTime + seq })
          : aNamed(seq, { device: i % 3 ? 'pump-7' : 'pump-8' });
      }),
    ),
  );
  return [...batches, journal.record('ledger', { from: 0, to: 1, rows: [row] }), journal.readings(aNamed(9_999))];
};

before(async () => {
  const context = { after: () => undefined } as unknown as TestContext;
  const { store, ship } = await openStore(context, { path: sound, worker: false });
  const batches = soundBatches(shippedJournal());
  // Lanes ship out of order, and some twice.
  await ship(...batches.filter((_, i) => i % 3 === 0));
  for (const batch of batches.filter((_, i) => i % 3 !== 0)) await ship(batch);
  await ship(...batches.slice(10, 20));
  await store.stop();
});
after(() => rmSync(dir, { recursive: true }));

async function auditAfter(t: TestContext, work: (hand: Tamper) => void): Promise<StoreAudit> {
  const path = scratchPath(t);
  copyDatabase(sound, path);
  tamper(path, work);
  const { store } = await openStore(t, { path, worker: false });
  return store.auditor.store('edge-1', epoch);
}

const counts = ({ stored, lost, doubled, altered, duplicates }: StoreAudit) => ({
  stored,
  lost,
  doubled,
  altered,
  duplicates,
});
const all = { stored: readings + 1, lost: 0, doubled: 0, altered: 0, duplicates: 0 };
const placesOf = (audit: StoreAudit): string => audit.broken.map(({ offset, why }) => `${offset}: ${why}`).join('\n');

test('audit: of a sound store nothing is lost, doubled or altered, and the head is that of the journal [CLD-17]', async (t) => {
  const audit = await auditAfter(t, () => undefined);
  const last = soundBatches(shippedJournal()).at(-1)!;
  assert.deepEqual(counts(audit), all);
  assert.deepEqual(audit.broken, []);
  assert.deepEqual(audit.held, [[0, readings + 2]]);
  assert.deepEqual([audit.records, audit.readings, audit.expired], [readings + 2, readings + 1, 0]);
  assert.equal(audit.headHash, Buffer.from(last.hash).toString('hex'));
  const stored = Object.fromEntries(audit.rows.map((row) => [row.source, row.stored]));
  assert.deepEqual(stored, { 'fan-1': 100, 'pump-7': 1_251, 'pump-8': 650 });
});

test('audit: of a journal that nobody shipped it says that nothing is held', async (t) => {
  const { store, ship } = await openStore(t, { path: ':memory:', worker: false });
  const audit = await store.auditor.store('edge-1', epoch);
  assert.deepEqual([audit.held, audit.records, audit.headHash], [[], 0, '']);
  await ship(shippedJournal().readings(aNamed(1)));
  assert.deepEqual(await store.auditor.journals(), [{ node: 'edge-1', epoch }]);
});

test('audit: a row of the log that is gone is missed, and its readings have no origin [CLD-18]', async (t) => {
  const audit = await auditAfter(t, ({ run }) => run('delete from log where first_offset = 400'));
  assert.deepEqual(counts(audit), { ...all, stored: all.stored - 40, doubled: 40 });
  assert.match(placesOf(audit), /^400: the log claims offsets 0 to 2001 and has them to 399$/m);
  assert.match(placesOf(audit), /^440: the log has batches from 440 to 2001 that it does not claim to hold$/m);
  assert.match(placesOf(audit), /^400: the reading of fan-1 is in telemetry and not in the log$/m);
});

test('audit: a body of the log that was changed does not fit its digest [CLD-18]', async (t) => {
  const audit = await auditAfter(t, ({ run, one }) => {
    const row = one('select body, body_length from log where first_offset = 400');
    const body = unpack(row['body'] as Uint8Array, row['body_length'] as number);
    body[body.length - 1]! ^= 1;
    run('update log set body = ? where first_offset = 400', pack(body));
  });
  assert.match(placesOf(audit), /^400: the body has another digest than the batch$/m);
  const torn = await auditAfter(t, ({ run }) => run("update log set body = x'00' where first_offset = 400"));
  assert.match(placesOf(torn), /^400: the body cannot be unpacked/m);
});

test('audit: a body that was changed together with digest and hash does not fit the batch behind it [CLD-18]', async (t) => {
  const audit = await auditAfter(t, ({ run, one }) => {
    const row = one('select * from log where first_offset = 400');
    const body = unpack(row['body'] as Uint8Array, row['body_length'] as number);
    body[body.length - 1]! ^= 1;
    const digest = bodyDigest(body);
    const fields = {
      klass: 1,
      firstOffset: 400,
      count: 40,
      appendedAt: row['appended_at'] as number,
      bodyLength: body.length,
    };
    const hash = batchHash(fields, digest, row['prev_hash'] as Uint8Array);
    run('update log set body = ?, body_digest = ?, hash = ? where first_offset = 400', pack(body), digest, hash);
  });
  assert.match(placesOf(audit), /^440: the batch does not follow the hash of the one before$/m);
  assert.equal(audit.altered, 1);
});

test('audit: two rows of the log that were swapped are both named [CLD-18]', async (t) => {
  const audit = await auditAfter(t, ({ run }) => {
    run('update log set first_offset = 999999 where first_offset = 400');
    run('update log set first_offset = 400 where first_offset = 440');
    run('update log set first_offset = 440 where first_offset = 999999');
  });
  assert.match(placesOf(audit), /^400: the hash of the batch does not fit its fields$/m);
  assert.match(placesOf(audit), /^440: the hash of the batch does not fit its fields$/m);
  assert.equal(audit.altered, 80);
});

test('audit: each claim that does not fit the log is named [CLD-18]', async (t) => {
  const cases: readonly [string, RegExp][] = [
    ['update held set to_offset = to_offset + 1', /^2002: the log claims offsets 0 to 2002 and has them to 2001$/m],
    [
      "update held set after = x'00'",
      /^0: the log claims other hashes at the ends of 0 to 2001 than its batches have$/m,
    ],
    ["update held set before = x'00'", /^0: the log claims other hashes/m],
    ['delete from held', /^0: the log has batches from 0 to 2001 that it does not claim to hold$/m],
    [
      "insert into held values (1, 5000, 5010, x'00', x'00')",
      /^5000: the log claims offsets 5000 to 5009, but no run of batches begins there$/m,
    ],
  ];
  for (const [statement, place] of cases) {
    const audit = await auditAfter(t, ({ run }) => run(statement));
    assert.match(placesOf(audit), place, statement);
    assert.deepEqual(counts(audit), all, statement);
  }
});

test('audit: a chunk or a tail that is gone loses its readings, each named [CLD-18]', async (t) => {
  const chunk = await auditAfter(t, ({ run }) =>
    run('delete from chunk where id = (select max(id) from chunk where rows >= 512)'),
  );
  assert.ok(chunk.lost >= 512 && chunk.stored === all.stored - chunk.lost, placesOf(chunk));
  assert.match(placesOf(chunk), /: the reading of pump-\d is not in telemetry$/m);
  const tail = await auditAfter(t, ({ run }) => run('delete from tail'));
  assert.ok(tail.lost > 0 && tail.lost < 48);
  const torn = await auditAfter(t, ({ run }) =>
    run("update chunk set body = x'01010203' where id = (select max(id) from chunk)"),
  );
  assert.ok(torn.lost > 0);
  assert.match(placesOf(torn), /: chunk \d+ cannot be read/);
});

test('audit: one value that was altered in one chunk is found and named [CLD-18]', async (t) => {
  const audit = await auditAfter(t, ({ rewriteChunk }) =>
    rewriteChunk('pump-7', (rows) => rows.with(3, { ...rows[3]!, values: [rows[3]!.values[0]!, 20.000001] })),
  );
  assert.deepEqual(counts(audit), { ...all, stored: all.stored - 1, altered: 1 });
  assert.equal(audit.broken.length, 1);
  assert.match(placesOf(audit), /^\d+: the reading of pump-7 is other than in the log$/);
});

test('audit: two readings that changed places are both named [CLD-18]', async (t) => {
  const audit = await auditAfter(t, ({ rewriteChunk }) =>
    rewriteChunk('pump-7', (rows) => {
      const [one, other] = [rows[3]!, rows[9]!];
      return rows.with(3, { ...one, offset: other.offset }).with(9, { ...other, offset: one.offset });
    }),
  );
  assert.deepEqual(counts(audit), { ...all, stored: all.stored - 2, altered: 2 });
  assert.equal(audit.broken.length, 2);
});

test('audit: a reading that is there twice, or without an origin, is doubled [CLD-18]', async (t) => {
  const twice = await auditAfter(t, ({ rewriteChunk }) => rewriteChunk('pump-7', (rows) => [...rows, rows[5]!]));
  assert.deepEqual(counts(twice), { ...all, doubled: 1 });
  assert.match(placesOf(twice), /: the reading of pump-7 is in telemetry twice$/);
  const invented = await auditAfter(t, ({ rewriteChunk }) =>
    rewriteChunk('pump-7', (rows) => [...rows, { ...rows[5]!, offset: 70_000 }]),
  );
  assert.deepEqual(counts(invented), { ...all, doubled: 1 });
  assert.match(placesOf(invented), /^70000: the reading of pump-7 is in telemetry and not in the log$/);
  const copied = await auditAfter(t, ({ run }) =>
    run(
      'insert into chunk select null, device, journal, day, rows, offset_from, offset_to, taken_from, taken_to, boot_from, boot_to, seq_from, seq_to, metrics, body from chunk where rows >= 512 limit 1',
    ),
  );
  assert.ok(copied.doubled >= 512 && copied.lost === 0);
});

test('audit: readings that were given to another device are altered [CLD-18]', async (t) => {
  const moved = await auditAfter(t, ({ run }) =>
    run(
      'update chunk set device = (select number from device where id = ?) where id = (select min(id) from chunk where rows > 100)',
      'fan-1',
    ),
  );
  assert.ok(moved.altered > 100);
  const renamed = await auditAfter(t, ({ run }) => run("update device set id = 'pump-x' where id = 'pump-8'"));
  assert.equal(renamed.altered, 650);
  const forgotten = await auditAfter(t, ({ run }) => run("delete from device where id = 'pump-8'"));
  assert.match(placesOf(forgotten), /the registry does not know device \d+, which has readings/);
});

test('audit: a summary or a ledger that was changed is named [CLD-18]', async (t) => {
  const summary = await auditAfter(t, ({ run }) =>
    run("update chunk set metrics = replace(metrics, '20.9', '29.9') where rows >= 512"),
  );
  assert.match(placesOf(summary), /^\d+: the metrics of chunk \d+ does not fit its readings$/m);
  assert.deepEqual(counts(summary), all);
  const day = await auditAfter(t, ({ run }) => run('update chunk set day = day + 1 where rows >= 512'));
  assert.match(placesOf(day), /^\d+: the day of chunk \d+ does not fit its readings$/m);
  const ledger = await auditAfter(t, ({ run }) => run('update ledger set journaled = 6'));
  assert.match(placesOf(ledger), /the ledger of pump-7 says 6 journaled, its records in the log say 5/);
});

test('audit: names that were forgotten let a reading in twice, and that is found, also across nodes [CLD-19]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  const [one, two] = [shippedJournal('edge-1', 'aaaaaaaaaaaa'), shippedJournal('edge-2', 'bbbbbbbbbbbb')];
  await ship(one.readings(aNamed(1), aNamed(2)));
  tamper(path, ({ run }) => run('delete from name'));
  await ship(one.readings(aNamed(2)), two.readings(aNamed(1), aNamed(5)));
  const audits = [await store.auditor.store('edge-1', one.epoch), await store.auditor.store('edge-2', two.epoch)];
  assert.deepEqual(
    audits.map(({ doubled }) => doubled),
    [2, 1],
  );
  assert.match(placesOf(audits[0]!), /^2: the reading of pump-7 has the name of another: boot 1, seq 2$/m);
  assert.match(placesOf(audits[1]!), /^0: another journal has the reading of pump-7 with boot 1, seq 1 too$/m);
});

test('audit: a duplicate whose first copy was taken away is lost, for nothing has its name any more [CLD-19]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  const journal = shippedJournal();
  await ship(journal.readings(aNamed(1), aNamed(2)), journal.readings(aNamed(1)));
  const before = await store.auditor.store('edge-1', journal.epoch);
  assert.deepEqual([before.duplicates, before.lost, before.broken], [1, 0, []]);
  tamper(path, ({ run }) => run("update tail set rows = 0, body = x''"));
  const gone = await store.auditor.store('edge-1', journal.epoch);
  assert.deepEqual([gone.duplicates, gone.lost], [0, 3]);
});

test('audit: what the consumers have not come to yet is neither stored nor lost [CLD-19]', async (t) => {
  const path = scratchPath(t);
  const { store, ship, clock } = await openStore(t, { path, worker: false }, stillClock());
  const journal = shippedJournal();
  await ship(journal.readings(aNamed(1)));
  tamper(path, ({ run }) =>
    run("create trigger stop before update on consumer begin select raise(abort, 'stopped'); end"),
  );
  const [held, batch] = [await store.log.held('edge-1', epoch), journal.readings(aNamed(2), aNamed(3))];
  await store.log.append([batch], [{ ...held[0]!, to: 3, after: batch.hash }]);
  const audit = await store.auditor.store('edge-1', epoch);
  assert.deepEqual([audit.readings, audit.stored, audit.lost, audit.doubled, audit.broken], [3, 1, 0, 0, []]);
  tamper(path, ({ run }) => run('drop trigger stop'));
  clock.wake();
  await store.projections.catchUp();
  assert.equal((await store.auditor.store('edge-1', epoch)).stored, 3);
});

test('audit: holes of millions of offsets, and chunks that reach over them, are looked through [CLD-17, CLD-18]', async (t) => {
  const path = scratchPath(t);
  const { store, ship } = await openStore(t, { path, worker: false });
  const journal = shippedJournal();
  for (const part of [0, 1, 2, 3]) {
    await ship(journal.readings(...Array.from({ length: 200 }, (_, i) => aNamed(part * 200 + i))));
    journal.skip(1_500_000);
  }
  const whole = await store.auditor.store('edge-1', epoch);
  assert.deepEqual([whole.stored, whole.lost, whole.doubled, whole.altered, whole.broken], [800, 0, 0, 0, []]);
  assert.equal(whole.held.length, 4);
  tamper(path, ({ rewriteChunk }) =>
    rewriteChunk('pump-7', (rows) =>
      rows.with(5, { ...rows[5]!, offset: 900_000 }).with(6, { ...rows[6]!, quality: 1 }),
    ),
  );
  const wrong = await store.auditor.store('edge-1', epoch);
  assert.deepEqual([wrong.stored, wrong.lost, wrong.doubled, wrong.altered], [798, 0, 1, 1]);
});

test('audit: records that were set aside are no readings, and none of the others is missed for them', async (t) => {
  const { store, ship } = await openStore(t, { path: ':memory:', worker: false });
  const record = encodeReading(aNamed(1));
  await ship(shippedJournal().batch([record.subarray(0, 20), record]));
  const audit = await store.auditor.store('edge-1', epoch);
  assert.deepEqual([audit.records, audit.readings, audit.stored, audit.lost, audit.broken], [2, 1, 1, 0, []]);
});
