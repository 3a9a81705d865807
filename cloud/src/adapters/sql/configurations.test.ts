import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ConfiguredFrame, configurationName, type NodePhase, type Settings } from '@selvedge/protocol';
import { openStore } from '../../../test/open-store.ts';
import { shippedJournal } from '../../../test/shipped-journal.ts';

const by = 'operator:ada';
const settingsOf = (period: number): Settings => ({ window: { period: `${period}s` } });
const nameOf = (version: number, settings = settingsOf(version)) => configurationName({ version, settings });
const own = { good: configurationName({ version: 0, settings: {} }) };

async function setUp(t: TestContext) {
  const opened = await openStore(t, { path: ':memory:', worker: false });
  const { store, clock } = opened;
  const all = store.configurations;
  const journal = shippedJournal();
  await store.registry.nodeSeen('edge-1', journal.epoch, clock.time);
  return {
    ...opened,
    all,
    journal,
    hear: (said: ConfiguredFrame) => all.heard('edge-1', said, (clock.time += 1_000)),
    propose: (settings: Settings, more: { expected?: number; about?: string } = {}) =>
      all.propose('edge-1', { settings, by, ...more }, (clock.time += 1_000)),
    phases: async () =>
      (await all.history('edge-1', { limit: 10 })).map(({ version, phase }) => `${version} ${phase}`).reverse(),
  };
}

test('configurations: one is replaced by whoever has read it, and by nobody else [CFG-2] [CFG-3]', async (t) => {
  const { all, propose, phases } = await setUp(t);
  const done = await propose(settingsOf(1), { expected: 0 });
  assert.ok(done.kind === 'done');
  assert.deepEqual([done.view.version, done.view.latest?.phase, done.view.latest?.by], [1, 'proposed', by]);
  const refused = await propose(settingsOf(2), { expected: 0 });
  assert.ok(refused.kind === 'refused' && refused.code === 'CONFIGURATION_CHANGED');
  assert.deepEqual(await phases(), ['1 proposed']);
  const unknown = await all.propose('edge-9', { settings: {}, by, expected: 0 }, 1);
  assert.ok(unknown.kind === 'refused' && unknown.code === 'NODE_UNKNOWN');
  for (let n = 0; n < 520; n++) await propose({});
  const kept = await all.history('edge-1', { limit: 1_000 });
  assert.deepEqual([kept.length, kept[0]!.version], [500, 521]);
});

test('configurations: the node is told to prepare, and to apply what it has prepared; both ways agree [CFG-5] [CFG-11]', async (t) => {
  const { all, hear, propose, phases, clock } = await setUp(t);
  assert.equal(await hear(own), undefined);
  await propose(settingsOf(1));
  assert.deepEqual(await all.due('edge-1', clock.time), { kind: 'prepare', version: 1, settings: settingsOf(1) });
  assert.deepEqual(await hear({ ...own, trial: { ...nameOf(1), phase: 'prepared' } }), { kind: 'apply', ...nameOf(1) });
  assert.equal(await hear({ ...own, trial: { ...nameOf(1), phase: 'applied' } }), undefined);
  assert.deepEqual(await phases(), ['1 applied']);
  await propose(settingsOf(2));
  assert.equal(await hear({ ...own, trial: { ...nameOf(1), phase: 'applied' } }), undefined, 'the trial ends first');
  assert.equal((await hear({ good: nameOf(1) }))?.kind, 'prepare');
  assert.deepEqual(await phases(), ['1 confirmed', '2 proposed']);
  const ended = { ...nameOf(2), phase: 'refused', why: 'no such setting' } as const;
  assert.equal(await hear({ good: nameOf(1), ended }), undefined);
  const view = await all.find('edge-1');
  assert.deepEqual(
    [view?.good?.version, view?.good?.settings, view?.latest?.why],
    [1, settingsOf(1), 'no such setting'],
  );
});

test('configurations: a newer one takes the place of one that waits, but the node’s word counts [CFG-15]', async (t) => {
  const { hear, propose, phases } = await setUp(t);
  await hear(own);
  await propose(settingsOf(1));
  await hear({ ...own, trial: { ...nameOf(1), phase: 'prepared' } });
  await propose(settingsOf(2));
  assert.deepEqual(await phases(), ['1 superseded', '2 proposed']);
  await hear({ ...own, trial: { ...nameOf(1), phase: 'prepared' } });
  assert.deepEqual(await phases(), ['1 superseded', '2 proposed'], 'it gives way at the node too');
  await hear({ good: nameOf(1) });
  assert.deepEqual(await phases(), ['1 confirmed', '2 proposed']);
});

test('configurations: a restored cloud learns what there was from records, and gives no number twice [CFG-16]', async (t) => {
  const { all, hear, propose, journal, ship, phases, clock } = await setUp(t);
  await hear({ good: nameOf(3), ended: { ...nameOf(5), phase: 'returned', why: 'unsound' } });
  const done = await propose(settingsOf(6));
  assert.ok(done.kind === 'done' && done.view.version === 6);
  const tell = (version: number, phase: NodePhase, more = {}) =>
    ship(journal.record('configuration', { ...nameOf(version), phase, at: clock.time, ...more }));
  await tell(3, 'prepared', { settings: settingsOf(3) });
  await tell(3, 'confirmed');
  await tell(3, 'applied');
  assert.deepEqual(await phases(), ['3 confirmed', '5 returned', '6 proposed']);
  assert.deepEqual((await all.version('edge-1', 3))?.settings, settingsOf(3));
});

test('configurations: another content under a number that the node knows is given up [CFG-16]', async (t) => {
  const { hear, propose, phases } = await setUp(t);
  await propose(settingsOf(1));
  await hear({ good: nameOf(1, { other: true }) });
  assert.deepEqual(await phases(), ['1 superseded']);
  const done = await propose(settingsOf(2));
  assert.ok(done.kind === 'done' && done.view.version === 2);
});

test('configurations: a node that has lost what it held is given it again [CFG-17]', async (t) => {
  const { hear, propose } = await setUp(t);
  await propose(settingsOf(1));
  await hear({ good: nameOf(1) });
  assert.deepEqual(await hear(own), { kind: 'prepare', version: 1, settings: settingsOf(1) });
  assert.equal((await hear({ ...own, trial: { ...nameOf(1), phase: 'prepared' } }))?.kind, 'apply');
});
