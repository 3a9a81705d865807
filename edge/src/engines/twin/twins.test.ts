import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, silentLog } from '@selvedge/kernel';
import {
  digestOf,
  editTwin,
  type JsonRecord,
  mergeTwin,
  newTwin,
  rootOf,
  type Twin,
  type TwinFrame,
  twinValues,
} from '@selvedge/protocol';
import type { OutletMessage } from '../../ports.ts';
import { type EdgeTwins, edgeTwins, twinIn } from './twins.ts';

const device = 'pump-7';
const replica = 'edge-1/4f0c2a91b7de';

/** A node's twins over a journal and a link that do what they are told. */
function setUp({ sizeMax = 1_000_000, refuses = false } = {}) {
  const state = { now: 1_700_000_000_000, refuses, settled: true };
  const journal: { record: JsonRecord; durable: () => void }[] = [];
  const published: OutletMessage[] = [];
  const sent: TwinFrame[] = [];
  const make = (): EdgeTwins =>
    edgeTwins(
      { node: 'edge-1', sizeMax },
      {
        log: silentLog,
        now: () => state.now,
        write: (record, durable) => !state.refuses && journal.push({ record, durable }) > 0,
        publish: (message) => void published.push(message),
        send: (frame) => sent.push(frame) > 0,
        settled: () => state.settled,
      },
    );
  const twins = make();
  twins.begin(replica);
  twins.open();
  /** The disk has done its work. */
  const sync = (): void => {
    for (const one of journal.splice(0)) one.durable();
  };
  const desired = (): unknown[] =>
    published.map(({ payload }) =>
      payload.length === 0 ? 'let go' : (JSON.parse(Buffer.from(payload).toString()) as { desired: unknown }).desired,
    );
  return { twins, state, journal, published, sent, sync, desired, make };
}

/** The cloud, as far as this node's twins go. */
function cloudOf(device_ = device) {
  let twin: Twin = newTwin(device_, { node: 'edge-1', term: 1 });
  return {
    get twin() {
      return twin;
    },
    edit(path: string, value: number) {
      const moment = { now: 1_700_000_000_000, driftMax: 300_000, replica: 'cloud', by: 'operator:ada' };
      const edited = editTwin(twin, [{ path, value }], moment);
      assert.ok(edited.ok);
      twin = edited.value.twin;
      return { kind: 'state', whole: false, ...edited.value.part } as const;
    },
    take(record: JsonRecord) {
      twin = mergeTwin(twin, twinIn(record)!, { now: 1_700_000_000_000, driftMax: 300_000 }).twin;
    },
    whole: () => ({ kind: 'state', whole: true, ...twin }) as const,
  };
}

const about = { by: 'operator:bob', from: 'operator' } as const;
const codeOf = (cause: unknown): string => (cause instanceof Fault ? cause.code : String(cause));

test('edge twins: an edit is in the journal before it is acknowledged, in force, or told to the device [TWN-17, TWN-20]', async () => {
  const { twins, journal, published, sync, desired } = setUp();
  let acknowledged = false;
  const edit = twins.edit(device, { desired: { interval: 5 } }, about).then(() => (acknowledged = true));
  await Promise.resolve();
  assert.deepEqual(
    [acknowledged, published.length, twins.find(device)],
    [false, 0, twinValues(newTwin(device, { node: 'edge-1', term: 0 }))],
  );
  assert.equal(journal.length, 1);
  sync();
  await edit;
  assert.deepEqual(twins.find(device)!.desired, { interval: 5 });
  assert.deepEqual(desired(), [{ interval: 5 }]);
  assert.deepEqual([published[0]!.topic, published[0]!.retain, published[0]!.qos], ['twin/pump-7/desired', true, 1]);
  await twins.edit(device, { desired: { interval: 5 } }, about);
  assert.equal(journal.length, 0, 'what is there already is not written again');
});

test('edge twins: what the cloud sends is journaled before it is in force, and once [TWN-18, TWN-20]', () => {
  const { twins, journal, desired, sync } = setUp();
  const frame = cloudOf().edit('desired.interval', 5);
  twins.hear(frame);
  assert.deepEqual([journal.length, desired()], [1, []]);
  sync();
  assert.deepEqual([twins.find(device)!.desired, desired()], [{ interval: 5 }, [{ interval: 5 }]]);
  twins.hear(frame);
  twins.hear({ kind: 'state' });
  twins.hear('nonsense');
  assert.equal(journal.length, 0);
  assert.match(twins.metrics(), /edge_twin_refused_total\{why="unreadable"\} 2/);
});

test('edge twins: a report edits what the device says; what is unfit is told why [TWN-21]', () => {
  const { twins, journal, sync } = setUp();
  assert.equal(twins.report(device, { interval: 5, heater: { mode: 'eco' } }), undefined);
  sync();
  assert.deepEqual(twins.find(device)!.reported, { interval: 5, 'heater.mode': 'eco' });
  assert.match(twins.report(device, { interval: [{}] })!, /reported\.interval/);
  assert.match(twins.report(device, 7)!, /no object/);
  assert.equal(journal.length, 0);
});

test('edge twins: records of the journal bring back what was acknowledged [TWN-19]', async () => {
  const { twins, journal, sync, make } = setUp();
  void twins.edit(device, { desired: { interval: 5 } }, about);
  void twins.edit(device, { desired: { interval: 6 }, tags: { hall: 'A' } }, about);
  void twins.report(device, { interval: 6 });
  const records = journal.map(({ record }) => record);
  sync();
  const again = make();
  again.begin(replica);
  for (const record of [...records, ...records].reverse()) again.restore(twinIn(record)!);
  assert.deepEqual(again.find(device), twins.find(device));
});

test('edge twins: nothing new is one frame; what differs is found and sent both ways [TWN-22]', () => {
  const { twins, journal, sent, sync } = setUp();
  const cloud = cloudOf();
  twins.hear(cloud.edit('desired.interval', 5));
  sync();
  twins.hear(cloud.whole());
  sync();
  twins.linked();
  assert.deepEqual(sent, [{ kind: 'root', root: rootOf([[device, digestOf(cloud.twin)]]) }]);
  // The cloud was restored from a backup, and has another edit.
  const restored = cloudOf();
  restored.edit('tags.hall', 7);
  twins.hear({ kind: 'differs' });
  twins.tick();
  assert.deepEqual(sent[1], { kind: 'digests', digests: [[device, digestOf(cloud.twin)]], last: true });
  twins.hear(restored.whole());
  restored.take(journal[0]!.record);
  sync();
  assert.equal(twins.find(device)!.version, twinValues(restored.twin).version);
  for (let second = 0; second < 60; second++) twins.tick();
  assert.equal(sent.at(-1)!.kind, 'root', 'every minute');
});

test('edge twins: while records are on their way nothing is sent twice [TWN-22]', () => {
  const { twins, state, journal, sync } = setUp();
  state.settled = false;
  twins.report(device, { interval: 6 });
  sync();
  twins.hear({ kind: 'state', whole: true, ...newTwin(device) });
  assert.equal(journal.length, 0);
  state.settled = true;
  twins.hear({ kind: 'state', whole: true, ...newTwin(device) });
  assert.equal(journal.length, 1);
});

test('edge twins: one that is asked for and is not here, or was elsewhere, is wanted of the cloud, once a minute [TWN-29]', () => {
  const { twins, sent } = setUp();
  twins.wanted(device);
  twins.find(device);
  twins.tick();
  twins.wanted(device);
  twins.tick();
  assert.deepEqual(sent, [{ kind: 'want', devices: [device] }]);
});

test('edge twins: a device that has moved away is not told any more [TWN-29]', () => {
  const { twins, sync, desired, sent } = setUp();
  const cloud = cloudOf();
  twins.hear(cloud.edit('desired.interval', 5));
  sync();
  twins.hear({ kind: 'state', whole: true, ...cloud.twin, owner: { node: 'edge-2', term: 2 } });
  twins.hear({ ...cloud.edit('desired.interval', 6), owner: { node: 'edge-2', term: 2 } });
  sync();
  assert.deepEqual(desired(), [{ interval: 5 }, 'let go']);
  twins.linked();
  assert.deepEqual(sent[0], { kind: 'root', root: rootOf([]) });
});

test('edge twins: beyond the bound an edit or a frame is refused and counted, and nothing has changed [TWN-23]', async () => {
  const { twins, journal, state, sync } = setUp({ sizeMax: 600 });
  void twins.edit(device, { tags: { hall: 'A' } }, about);
  sync();
  const refused = await twins.edit(device, { tags: { hall: 'x'.repeat(500) } }, about).catch(codeOf);
  assert.equal(refused, 'EDGE_TWIN_FULL');
  twins.hear(cloudOf('pump-8').edit('tags.hall', 5));
  twins.hear(cloudOf('pump-9').edit('tags.hall', 5));
  sync();
  twins.hear(cloudOf('pump-10').edit('tags.hall', 5));
  assert.equal(journal.length, 0);
  state.refuses = true;
  assert.throws(() => twins.report(device, { a: 1 }), Fault);
  assert.match(twins.metrics(), /edge_twin_refused_total\{why="full"\} [2-9]/);
  assert.deepEqual(twins.find(device)!.tags, { hall: 'A' });
});

test('edge twins: an edit of another version, or one that is unfit, is refused [TWN-26, TWN-15]', async () => {
  const { twins, sync } = setUp();
  void twins.edit(device, { tags: { hall: 'A' } }, about);
  sync();
  const { version } = twins.find(device)!;
  void twins.edit(device, { tags: { hall: 'B' } }, { ...about, expected: version });
  sync();
  assert.equal(
    await twins.edit(device, { tags: { hall: 'C' } }, { ...about, expected: version }).catch(codeOf),
    'EDGE_TWIN_CHANGED',
  );
  assert.equal(await twins.edit(device, { tags: { hall: [{}] } }, about).catch(codeOf), 'EDGE_TWIN_UNFIT');
});
