import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Journal, journal as journalOf } from '@selvedge/journal';
import { days, hours } from '@selvedge/kernel';
import { classOf, editTwin, encodeRecord, lanes, newTwin, type Twin } from '@selvedge/protocol';
import { world as simulate } from '@selvedge/testkit';
import { simulatedDisk } from '../../../../testkit/src/disk/simulated-disk.ts';
import type { Snapshots } from '../../ports.ts';
import { twinKeeper } from './keep-twins.ts';

/** Twins that only remember what they are told. */
function notebook() {
  const own = {
    name: '',
    restored: [] as Twin[],
    kept: [] as Twin[],
    changes: 0,
    begin: (name: string) => void (own.name = name),
    restore: (twin: Twin) => void own.restored.push(twin),
    all: () => own.kept,
  };
  return own;
}

function memorySnapshots(): Snapshots & { readonly files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>();
  return {
    files,
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, Buffer.from(bytes)),
  };
}

function twinOf(value: number): Twin {
  const moment = { now: 1_000 + value, driftMax: 1, replica: 'edge-1/x', by: 'test' };
  const edited = editTwin(newTwin('pump-7'), [{ path: 'tags.hall', value }], moment);
  assert.ok(edited.ok);
  return edited.value.part;
}

async function openJournal(seed: number): Promise<{ journal: Journal; append: (twin: Twin) => Promise<void> }> {
  const world = simulate(seed);
  const life = world.machine('edge').boot();
  const disk = simulatedDisk({ random: world.chance('disk'), clock: world.clock });
  const classes = lanes.map((name) => ({ name, bytesMax: 1e8, ageMax: days(30) }));
  const options = { dir: '/journal', classes, sizeMax: 1e9, segmentSize: 2 ** 20, keep: hours(1) };
  const journal = journalOf(options, { ...life, disk: disk.mount() });
  const settled = async (task: Promise<void>): Promise<void> => {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    task.then(over, over);
    while (!isOver) await world.run(world.clock.ticks() + 100);
    await task;
  };
  await settled(journal.start(new AbortController().signal));
  const append = async (twin: Twin): Promise<void> => {
    journal.append(classOf('twin'), encodeRecord('twin', { ...twin, at: 1, events: [] }));
    await settled(journal.commit());
  };
  return { journal, append };
}

test('edge twins: a new node begins under its journal’s name, and finds snapshot and later records again [TWN-19]', async () => {
  const { journal, append } = await openJournal(1);
  const snapshots = memorySnapshots();
  const first = notebook();
  const keeper = twinKeeper('edge-1', first, journal, snapshots);
  await keeper.restore();
  assert.equal(first.name, `edge-1/${journal.epoch}`);
  await append(twinOf(1));
  Object.assign(first, { kept: [twinOf(1)], changes: 1 });
  await keeper.save();
  await append(twinOf(2));
  const again = notebook();
  await twinKeeper('edge-1', again, journal, snapshots).restore();
  assert.equal(again.name, first.name);
  const values = again.restored.map(({ fields }) => fields['tags.hall']!.writes[0]!.value);
  assert.deepEqual([values[0], values.at(-1)], [1, 2]);
});

test('edge twins: without its snapshot a node writes under a new name, and with another journal’s too [TWN-19, TWN-6]', async () => {
  const { journal, append } = await openJournal(2);
  await append(twinOf(1));
  const lost = notebook();
  const snapshots = memorySnapshots();
  await twinKeeper('edge-1', lost, journal, snapshots).restore();
  assert.deepEqual([lost.name, lost.restored], [`edge-1/${journal.epoch}.1`, []]);
  const other = await openJournal(3);
  snapshots.files.set('twins', Buffer.from(JSON.stringify({ replica: lost.name, offset: 9_999, twins: [twinOf(1)] })));
  const replaced = notebook();
  await twinKeeper('edge-1', replaced, other.journal, snapshots).restore();
  assert.deepEqual([replaced.name, replaced.restored.length], [`edge-1/${other.journal.epoch}`, 1]);
});
