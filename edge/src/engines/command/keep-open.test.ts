import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Journal, journal as journalOf } from '@selvedge/journal';
import { days, hours } from '@selvedge/kernel';
import { type Command, classOf, encodeRecord, type JsonRecord, lanes } from '@selvedge/protocol';
import { world as simulate, simulatedDisk } from '@selvedge/testkit';
import type { Snapshots } from '../../ports.ts';
import { type Desk, desk as deskOf } from './desk.ts';
import { openKeeper } from './keep-open.ts';
import { restoreDesk } from './restore.ts';

const command = (id: string): Command => ({
  id,
  device: `device-${id}`,
  name: 'flush',
  arguments: {},
  issuedAt: 0,
  expiresAt: 30 * 86_400_000,
  origin: 'operator',
  reason: '',
});

function memorySnapshots(): Snapshots {
  const files = new Map<string, Buffer>();
  return {
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, Buffer.from(bytes)),
  };
}

/** A journal that keeps for a day what was read, and the desk of one life of its node. */
async function setUp(seed: number) {
  const world = simulate(seed);
  const life = world.machine('edge').boot();
  const disk = simulatedDisk({ random: world.chance('disk'), clock: world.clock });
  const classes = lanes.map((name) => ({ name, bytesMax: 1e8, ageMax: days(30) }));
  const options = { dir: '/journal', classes, sizeMax: 1e9, segmentSize: 4_096, keep: hours(24) };
  const journal: Journal = journalOf(options, { ...life, disk: disk.mount() });
  const settled = async <Value>(task: Promise<Value>): Promise<Value> => {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    task.then(over, over);
    while (!isOver) await world.run(world.clock.ticks() + 100);
    return task;
  };
  await settled(journal.start(new AbortController().signal));
  const append = (record: JsonRecord): void =>
    void journal.append(classOf(record.kind), encodeRecord(record.kind, record.body));
  const desk = (record = append): Desk =>
    deskOf({
      outlet: { publish: () => ({ matched: 0, acknowledged: Promise.resolve(undefined) }) },
      record,
      now: () => world.clock.ticks(),
    });
  return {
    world,
    journal,
    settled,
    append,
    desk,
    keeperOf: (one: Desk, snapshots: Snapshots) =>
      openKeeper({ journal, snapshots, open: () => one.unended, restore: one.restore, isDelayed: () => false }),
    commit: () => settled(journal.commit()),
    /** Two days in which other records fill segments and what is old goes. */
    async age(each: () => Promise<void>) {
      for (let hour = 0; hour < 48; hour++) {
        append({ kind: 'status', body: { device: 'd', online: true, at: 0, detail: 'x'.repeat(2_000) } });
        await settled(journal.commit());
        await world.run(world.clock.ticks() + 3_600_000);
        await settled(journal.retain());
        await each();
      }
    },
  };
}

async function intentsIn(journal: Journal): Promise<readonly string[]> {
  const found: string[] = [];
  const note = (one: JsonRecord): void => void (one.kind === 'command' && found.push(one.body.id));
  await restoreDesk({ restore: note }, journal);
  return found;
}

test('commands: one that takes longer than the journal keeps its records is there after a restart, as far as it had come [EDG-24]', async () => {
  const { journal, append, desk, keeperOf, commit, age } = await setUp(1);
  const snapshots = memorySnapshots();
  const one = desk();
  const keeper = keeperOf(one, snapshots);
  for (const id of ['long', 'other', 'ended']) {
    append({ kind: 'command', body: command(id) });
    one.issue(command(id));
  }
  one.answered('device-ended', { id: 'ended', state: 'done', result: null });
  await commit();
  await age(keeper.save);
  assert.deepEqual(await intentsIn(journal), [], 'the records have gone');
  one.answered('device-other', { id: 'other', state: 'done', result: null });
  await commit();
  const again = desk();
  await keeperOf(again, snapshots).restore();
  await restoreDesk(again, journal);
  assert.deepEqual(
    again.unended.map(({ command: { id }, state }) => [id, state]),
    [['long', 'sent']],
    'the end of the other is in the journal',
  );
});

test('commands: one whose end is not durable when the snapshot is written is not over [EDG-24]', async () => {
  const { desk, keeperOf, append, commit } = await setUp(2);
  const snapshots = memorySnapshots();
  const one = desk(() => undefined);
  const keeper = keeperOf(one, snapshots);
  append({ kind: 'command', body: command('c') });
  await commit();
  one.issue(command('c'));
  await keeper.save();
  one.answered('device-c', { id: 'c', state: 'done', result: null });
  await keeper.save();
  const again = desk();
  await keeperOf(again, snapshots).restore();
  assert.deepEqual(again.unended, [{ command: command('c'), state: 'sent' }]);
  await keeper.save();
  const later = desk();
  await keeperOf(later, snapshots).restore();
  assert.deepEqual(later.unended, []);
});

test('commands: a snapshot from before what the journal still has is not believed, nor that of another journal [EDG-24]', async () => {
  const { journal, desk, keeperOf, append, commit, age } = await setUp(3);
  const snapshots = memorySnapshots();
  const one = desk();
  append({ kind: 'command', body: command('c') });
  await commit();
  one.issue(command('c'));
  await keeperOf(one, snapshots).save();
  const stranger = desk();
  await openKeeper({
    journal: { ...journal, epoch: '0123456789ab' },
    ...{ snapshots, open: () => [], restore: stranger.restore, isDelayed: () => false },
  }).restore();
  assert.equal(stranger.outstanding, 0);
  await age(async () => undefined);
  assert.ok(journal.use().firstOffset > 1);
  const again = desk();
  await keeperOf(again, snapshots).restore();
  assert.equal(again.outstanding, 0);
});
