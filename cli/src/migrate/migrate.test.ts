import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { auditCopy, sqliteStore } from '@selvedge/cloud';
import { classesOf, inspectJournal, type Journal, journal as journalOf } from '@selvedge/journal';
import { systemDisk } from '@selvedge/journal/disk';
import { days, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { classOf, encodeRecord, lanes, localClass } from '@selvedge/protocol';
import { type } from '../../test/typed.ts';
import { releaseData, releaseEpoch } from './release.fixture.ts';

const world = { clock: systemClock, entropy: systemEntropy, log: silentLog, disk: systemDisk };
const store = (data: string): string => join(data, 'cloud', 'cloud.sqlite');

/** Every table and index as the database has it, without the space between words. */
function schemaOf(path: string): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('select type, name, sql from sqlite_schema order by type, name').all();
  database.close();
  return rows.map(({ type: kind, name, sql }) => `${kind} ${name}: ${String(sql).replace(/\s+/g, ' ')}`);
}

/** Every row of the tables that the release had, but for what an opening may change. */
function contentOf(path: string): Readonly<Record<string, unknown>> {
  const database = new DatabaseSync(path, { readOnly: true });
  const names = database.prepare("select name from sqlite_schema where type = 'table'").all();
  const content = names.map(({ name }) => [name, database.prepare(`select * from ${name}`).all()]);
  database.close();
  return Object.fromEntries(content);
}

async function journalIn(data: string, names: readonly string[]): Promise<Journal> {
  const classes = names.map((name) => ({ name, bytesMax: 1e9, ageMax: days(365) }));
  const options = { dir: join(data, 'edge', 'journal'), classes, sizeMax: 1e9, segmentSize: 65_536, keep: days(365) };
  const one = journalOf(options, world);
  await one.start(new AbortController().signal);
  return one;
}

const format = (out: { out: string }): Record<string, unknown> => JSON.parse(out.out).tiers[0];

test('migrate: the database of 0.1.0 opens, balances, and goes back to what it was, table by table [BAK-8, BAK-9]', async (t) => {
  const data = await releaseData(t);
  const before = { schema: schemaOf(store(data)), content: contentOf(store(data)) };
  const audits = await auditCopy(store(data), world);
  assert.deepEqual(
    audits.map(({ epoch, lost, doubled, altered, broken }) => ({ epoch, lost, doubled, altered, broken })),
    [{ epoch: releaseEpoch, lost: 0, doubled: 0, altered: 0, broken: [] }],
  );
  assert.ok(audits[0]!.stored > 500 && audits[0]!.stored === audits[0]!.readings - audits[0]!.duplicates);
  const shown = await type(['migrate', '--tier', 'cloud', '--data', data, '--json']);
  assert.deepEqual([format(shown)['loses'], format(shown)['bars']], [[], []]);
  const back = await type(['migrate', '--tier', 'cloud', '--to', '1', '--data', data, '--json']);
  assert.equal(format(back)['format'], 1, back.err);
  assert.deepEqual(schemaOf(store(data)), before.schema);
  assert.deepEqual(contentOf(store(data)), before.content);
  assert.equal((await auditCopy(store(data), world))[0]!.lost, 0);
});

test('migrate: what an older database has no place for is named with its number, and goes only with --lose [BAK-9]', async (t) => {
  const data = await releaseData(t);
  const one = sqliteStore({ path: store(data), worker: false }, { ...world, feed: { publish() {} } });
  await one.start(new AbortController().signal);
  await one.projections.catchUp();
  const database = new DatabaseSync(store(data));
  const insert =
    'insert into time_correction (journal, from_offset, to_offset, by, at) select 1, value, value + 1, 5, 5 from json_each(?)';
  database.prepare(insert).run('[1,2,3]');
  const running = await type(['migrate', '--tier', 'cloud', '--to', '1', '--data', data]);
  assert.match(running.err, /a cloud runs on .*stop it first/);
  database.close();
  await one.stop();
  const refused = await type(['migrate', '--tier', 'cloud', '--to', '1', '--data', data]);
  assert.match(refused.err, /format 1 of .* has no place for 3 corrections of time\n.*--lose/);
  const agreed = await type(['migrate', '--tier', 'cloud', '--to', '1', '--lose', '--data', data, '--json']);
  assert.equal(format(agreed)['format'], 1);
});

test('migrate: a database of which retention has pruned does not go back to where audits know nothing of it [BAK-9]', async (t) => {
  const data = await releaseData(t);
  const one = sqliteStore({ path: store(data), worker: false }, { ...world, feed: { publish() {} } });
  await one.start(new AbortController().signal);
  assert.ok((await one.retention.prune({ kind: 'log', why: 'disk', at: 1 })).rows > 0);
  await one.stop();
  const refused = await type(['migrate', '--tier', 'cloud', '--to', '1', '--lose', '--data', data]);
  assert.match(refused.err, /1 journals of which retention has pruned a part/);
  const [audit] = await auditCopy(store(data), world);
  assert.deepEqual([audit!.lost, audit!.broken], [0, []]);
});

test('migrate: the journal of 0.1.0 opens with the classes of today, and goes back while nothing is kept at the site [BAK-8, BAK-10]', async (t) => {
  const data = await releaseData(t);
  const dir = join(data, 'edge', 'journal');
  const before = await inspectJournal(dir, world);
  assert.deepEqual([before.epoch, before.broken], [releaseEpoch, []]);
  const journal = await journalIn(data, lanes);
  journal.cursor('link-4', { classes: [localClass], holds: true });
  journal.cursor('books', { classes: [1, localClass], holds: true });
  journal.cursor('rules', { classes: [1, localClass], holds: true });
  const correction = encodeRecord('time', { from: 0, to: 1, by: 5, at: 5 });
  journal.append(classOf('time'), correction);
  await journal.commit();
  await journal.stop();
  await assert.rejects(journalIn(data, lanes.slice(0, 4)), /written with classes critical, high, medium, low, local/);
  const back = await type(['migrate', '--tier', 'edge', '--to', '1', '--data', data, '--json']);
  assert.deepEqual([format(back)['format'], format(back)['unknown']], [1, { time: 1 }], back.err);
  assert.deepEqual(await classesOf(dir, world), lanes.slice(0, 4));
  const again = await journalIn(data, lanes.slice(0, 4));
  assert.equal(again.cursor('books', { classes: [1], holds: false }).offset, 0);
  await again.stop();
  const after = await inspectJournal(dir, world);
  assert.deepEqual([after.records, after.broken, after.epoch], [before.records + 1, [], releaseEpoch]);
  const forward = await type(['migrate', '--tier', 'edge', '--to', '2', '--data', data, '--json']);
  assert.equal(format(forward)['format'], 2);
});

test('migrate: a journal that keeps readings at the site is told how many, and stays as it is [BAK-10]', async (t) => {
  const data = await releaseData(t);
  const journal = await journalIn(data, lanes);
  for (let i = 0; i < 3; i++) journal.append(localClass, Buffer.from('kept here'));
  await journal.commit();
  const running = await type(['migrate', '--tier', 'edge', '--to', '1', '--data', data]);
  assert.match(running.err, /lock|holds|open/i);
  await journal.stop();
  const refused = await type(['migrate', '--tier', 'edge', '--to', '1', '--lose', '--data', data]);
  assert.match(refused.err, /format 1 has no place for 3 readings that are kept at the site/);
  assert.deepEqual(await classesOf(join(data, 'edge', 'journal'), world), lanes);
});
