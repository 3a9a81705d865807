import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { editTwin, mergeTwin, newTwin, type Twin, type TwinEdit, type TwinRecord, twinMax } from '@selvedge/protocol';
import { openStore, scratchPath } from '../../../test/open-store.ts';
import { aNamed, shippedJournal } from '../../../test/shipped-journal.ts';
import type { TwinView, TwinWish } from '../../ports.ts';
import { migrations } from './migrations.ts';

const device = 'pump-7';
const by = 'operator:ada';
const driftMax = 300_000;

/** A store that has heard of the device, and the device's node as far as its twin goes. */
async function setUp(t: TestContext, form = { path: ':memory:', worker: false }) {
  const opened = await openStore(t, form);
  const { store, clock, ship } = opened;
  const journal = shippedJournal();
  await ship(journal.readings(aNamed(1)));
  let twin: Twin = newTwin(device, { node: 'edge-1', term: 0 });
  const edge = {
    edit(...edits: readonly TwinEdit[]): TwinRecord {
      const moment = { now: clock.time, driftMax, replica: `edge-1/${journal.epoch}`, by: `device:${device}` };
      const edited = editTwin(twin, edits, moment);
      assert.ok(edited.ok);
      twin = edited.value.twin;
      return { ...edited.value.part, at: clock.time, events: [] };
    },
    hear(part: Twin): TwinRecord {
      const merged = mergeTwin(twin, part, { now: clock.time, driftMax });
      twin = merged.twin;
      return { ...merged.part, at: clock.time, events: merged.events.filter((event) => event.kind !== 'edit') };
    },
  };
  const wish = async (one: TwinWish) => {
    clock.time += 1_000;
    return store.twins.wish(device, one, { by, now: clock.time });
  };
  const set = async (path: string, value: unknown): Promise<TwinView> => {
    const [section = '', ...names] = path.split('.');
    const done = await wish({ kind: 'patch', sections: { [section]: { [names.join('.')]: value } } });
    assert.ok(done.kind === 'done', JSON.stringify(done));
    return done.view;
  };
  const arrive = (...records: readonly TwinRecord[]) => ship(...records.map((one) => journal.record('twin', one)));
  const view = async (): Promise<TwinView> => (await store.twins.find(device))!;
  const kinds = async (): Promise<readonly string[]> =>
    (await store.twins.history(device, { limit: 100 })).map(({ kind, path }) => `${kind} ${path}`).reverse();
  return { ...opened, journal, edge, wish, set, arrive, view, kinds };
}

test('twins: an edit is there with its event, pending until the node has it [TWN-24, TWN-30]', async (t) => {
  const { store, edge, set, arrive, view, kinds } = await setUp(t);
  assert.deepEqual((await view()).desired, {}, 'a device that was heard has an empty one');
  const edited = await set('desired.interval', 5);
  assert.deepEqual([edited.desired, edited.pending, edited.node], [{ interval: 5 }, ['desired.interval'], 'edge-1']);
  assert.deepEqual(await kinds(), ['edit desired.interval']);
  const [whole] = await store.twins.whole([device]);
  await arrive(edge.hear(whole!));
  assert.deepEqual((await view()).pending, []);
  assert.equal(await store.twins.find('nobody'), undefined);
});

test('twins: a record changes them once, with the position of the log [TWN-25]', async (t) => {
  const { edge, arrive, view, kinds, journal, ship } = await setUp(t);
  const record = edge.edit({ path: 'reported.interval', value: 5 });
  await arrive(record);
  const before = await view();
  await arrive(record);
  await ship(journal.record('twin', record));
  assert.deepEqual(await view(), before);
  assert.deepEqual(await kinds(), ['edit reported.interval']);
});

test('twins: edits that crossed are one conflict that is seen, resolved and taken back [TWN-7, TWN-10, TWN-11, TWN-30]', async (t) => {
  const { store, edge, set, arrive, view, kinds, wish } = await setUp(t);
  await set('policy.tags', 'manual');
  const base = await set('tags.hall', 1);
  await arrive(edge.hear((await store.twins.whole([device]))[0]!));
  await set('tags.hall', 2);
  await arrive(edge.edit({ path: 'tags.hall', value: 3 }));
  const parked = await view();
  assert.equal(parked.tags['hall'], base.tags['hall'], 'what was agreed on');
  const [conflict] = parked.conflicts;
  assert.deepEqual(
    conflict!.writes.map(({ side, value }) => [side, value]),
    [
      ['cloud', 2],
      ['edge', 3],
    ],
  );
  assert.equal(conflict!.parked, true);
  assert.deepEqual(await store.twins.conflicts({ limit: 10 }), [conflict]);
  const resolved = await wish({ kind: 'resolve', event: conflict!.id, choice: { take: 'edge' } });
  assert.ok(resolved.kind === 'done');
  assert.deepEqual([resolved.view.tags['hall'], resolved.view.conflicts], [3, []]);
  const again = await wish({ kind: 'resolve', event: conflict!.id, choice: { take: 'cloud' } });
  assert.ok(again.kind === 'refused' && again.code === 'TWIN_UNFIT');
  const [last] = await store.twins.history(device, { limit: 1 });
  assert.equal(last!.about, conflict!.id);
  const undone = await wish({ kind: 'undo', event: last!.id });
  assert.ok(undone.kind === 'done');
  assert.equal(undone.view.tags['hall'], 1);
  assert.equal((await kinds()).filter((kind) => kind === 'conflict tags.hall').length, 1);
  assert.equal((await wish({ kind: 'undo', event: 'ffffffffffffffff' })).kind, 'refused');
});

test('twins: an edit of another version than was read is refused [TWN-26]', async (t) => {
  const { set, wish, view } = await setUp(t);
  const { version } = await view();
  const patch = { kind: 'patch', sections: { tags: { hall: 2 } }, expected: version } as const;
  assert.equal((await wish(patch)).kind, 'done', 'also the version of an empty one');
  const refused = await wish(patch);
  assert.ok(refused.kind === 'refused' && refused.code === 'TWIN_CHANGED');
  await set('tags.hall', 4);
});

test('twins: the history tells them as they were at any moment [TWN-27]', async (t) => {
  const { store, clock, set } = await setUp(t);
  const seen: { at: number; view: TwinView }[] = [];
  for (const [path, value] of [
    ['desired.interval', 5],
    ['tags.hall', 'A'],
    ['desired.interval', null],
    ['tags.hall', 'B'],
  ] as const)
    seen.push({ view: await set(path, value), at: clock.time });
  for (const { at, view } of seen) {
    const then = await store.twins.at(device, at);
    assert.ok(typeof then === 'object');
    assert.deepEqual([then.desired, then.tags, then.version], [view.desired, view.tags, view.version]);
  }
  const before = await store.twins.at(device, seen[0]!.at - 1);
  assert.ok(typeof before === 'object');
  assert.deepEqual([before.desired, before.tags], [{}, {}]);
});

test('twins: old events are let go, and what they led to stays [TWN-28, TWN-27]', async (t) => {
  const { store, clock, set } = await setUp(t);
  await set('tags.hall', 'A');
  const early = clock.time;
  for (let value = 0; value < twinMax.events + 120; value++) await set('desired.interval', value);
  const kept = await store.twins.history(device, { limit: 2_000 });
  assert.ok(kept.length <= twinMax.events + 120, `${kept.length} events`);
  assert.equal(await store.twins.at(device, early), 'past');
  const late = await store.twins.at(device, clock.time);
  assert.ok(typeof late === 'object');
  assert.deepEqual([late.tags, late.desired], [{ hall: 'A' }, { interval: twinMax.events + 119 }]);
});

test('twins: a device that was heard through another node is there, and late records do not bring it back [TWN-29]', async (t) => {
  const { store, clock, edge, set, arrive, view } = await setUp(t);
  await set('desired.interval', 5);
  const late = edge.edit({ path: 'reported.interval', value: 4 });
  clock.time += 60_000;
  const [claimed] = await store.twins.claim('edge-2', [device], clock.time);
  assert.deepEqual(claimed!.owner, { node: 'edge-2', term: 2 });
  await arrive(late);
  const { node, reported, pending } = await view();
  assert.deepEqual([node, reported, pending], ['edge-2', { interval: 4 }, ['desired.interval']]);
  assert.deepEqual(await store.twins.digests('edge-1'), []);
  assert.equal((await store.twins.digests('edge-2')).length, 1);
});

test('twins: they are there again after a restart [TWN-24]', async (t) => {
  const first = await setUp(t, { path: scratchPath(t), worker: true });
  await first.set('desired.interval', 5);
  const before = await first.view();
  const { store } = await first.reopen();
  assert.deepEqual(await store.twins.find(device), before);
});

test('twins: a database from before there were twins opens, and has them from then on [TWN-24]', async (t) => {
  const path = scratchPath(t);
  const old = new DatabaseSync(path);
  old.exec(migrations[0]!);
  old.exec(`pragma application_id = ${0x53_4c_56_47}; pragma user_version = 1`);
  old.close();
  const { set, view } = await setUp(t, { path, worker: false });
  await set('tags.hall', 'A');
  assert.deepEqual((await view()).tags, { hall: 'A' });
});
