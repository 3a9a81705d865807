import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakesIn } from './plan.ts';
import { commandTo, configure, plan, sagaSite } from './sagas.fixture.ts';

const by = 'operator:ada';

test('sagas: steps are done one after the other, each when the one before is done [CFG-30]', async (t) => {
  const site = await sagaSite(t);
  const { runner } = site.cloud();
  const begun = await runner.begin('s1', plan, by);
  assert.deepEqual(
    begun?.steps.map(({ phase }) => phase),
    ['done', 'doing', 'waiting', 'waiting'],
  );
  await site.pass(runner, 1);
  const seen = (await site.store.sagas.find('s1'))!.steps.map(({ phase }) => phase);
  assert.deepEqual(seen, ['done', 'doing', 'waiting', 'waiting'], 'the device has it, and the cloud has not looked');
  await site.pass(runner, 10);
  assert.deepEqual(site.done, ['flush', 'version 1 confirmed', 'seal']);
  const events = await site.store.sagas.history('s1', 100);
  assert.deepEqual(events.at(-1)?.what, 'doing');
  assert.deepEqual(events[0]?.what, 'finished');
});

test('sagas: a step that fails is tried again so often, then what was done is undone in reverse [CFG-31]', async (t) => {
  const site = await sagaSite(t, (command) => command !== 'seal');
  const { runner } = site.cloud();
  await runner.begin('s1', { ...plan, retriesMax: 1 }, by);
  await site.pass(runner, 20);
  const tried = ['flush', 'version 1 confirmed', 'seal failed', 'seal failed'];
  assert.deepEqual(site.done, [...tried, 'version 2 confirmed', 'fill']);
  const saga = (await site.store.sagas.find('s1'))!;
  assert.deepEqual([saga.status, saga.direction], ['undone', 'back']);
  assert.match(saga.why!, /step 4, seal: the device says/);
});

test('sagas: one that is cancelled, or too late, is undone, and what may have been done too [CFG-31]', async (t) => {
  for (const isLate of [false, true]) {
    const site = await sagaSite(t);
    const { runner } = site.cloud();
    await runner.begin('s1', plan, by);
    if (isLate) site.clock.time += plan.within;
    else await runner.cancel('s1');
    await site.pass(runner, 10);
    // The command was on its way: it is obeyed, and then taken back.
    assert.deepEqual(site.done, ['flush', 'fill']);
    const saga = (await site.store.sagas.find('s1'))!;
    assert.deepEqual([saga.status, saga.why], ['undone', isLate ? 'it was not done in time' : 'it was cancelled']);
  }
});

test('sagas: what cannot be undone waits for a person, who can have it tried again [CFG-33]', async (t) => {
  let isMended = false;
  const site = await sagaSite(t, (command) => (command === 'fill' ? isMended : command !== 'seal'));
  const { runner } = site.cloud();
  await runner.begin('s1', plan, by);
  await site.pass(runner, 120);
  const stuck = (await site.store.sagas.find('s1'))!;
  assert.deepEqual(
    stuck.steps.map(({ phase }) => phase),
    ['done', 'stuck', 'undone', 'undone'],
  );
  assert.equal(stuck.status, 'stuck');
  assert.equal(site.done.filter((one) => one === 'fill failed').length, 5);
  assert.match(stuck.why!, /the device says/);
  isMended = true;
  await runner.cancel('s1');
  await site.pass(runner, 10);
  const after = (await site.store.sagas.find('s1'))!;
  assert.deepEqual([after.status, site.done.at(-1)], ['undone', 'fill']);
  assert.equal(await runner.cancel('nothing'), undefined);
});

test('sagas: begun again under its id it is not begun twice, and at most 100 run [CFG-34]', async (t) => {
  const site = await sagaSite(t, () => false);
  const { runner } = site.cloud();
  const slow = { ...plan, steps: [{ name: 'flush', do: commandTo('flush'), undo: null }] };
  for (let i = 0; i < 100; i++) await runner.begin(`s${i}`, slow, by);
  assert.equal((await runner.begin('s5', slow, by))?.id, 's5');
  assert.equal(await runner.begin('s100', slow, by), undefined);
  assert.equal((await site.store.commands.queued('edge-1')).length, 100);
});

test('sagas: a plan that cannot be meant tells all its mistakes [CFG-35] [CFG-1]', () => {
  const steps = [
    { name: 'a', do: { kind: 'restore' } as const, undo: null },
    { name: 'b', do: commandTo('flush'), undo: { kind: 'restore' } as const },
    { name: 'c', do: { ...configure, settings: { link: { token: 'x' } } } as typeof configure, undo: null },
  ];
  assert.deepEqual(
    mistakesIn({ ...plan, steps }).map((one) => one.split(':')[0]),
    ['steps.0.do', 'steps.1.undo', 'steps.2.do.settings'],
  );
});

test('sagas: restore brings back what was confirmed, and waits for no node that was never told [CFG-36]', async (t) => {
  const site = await sagaSite(t);
  const { runner } = site.cloud();
  const { configurations } = site.store;
  const before = { window: { period: '90s' } };
  await configurations.propose('edge-1', { settings: before, by }, site.clock.time);
  await site.pass(runner, 1);
  const steps = [plan.steps[2]!, plan.steps[3]!];
  await runner.begin('s1', { ...plan, steps }, by);
  await site.pass(runner, 2);
  await runner.cancel('s1');
  await site.pass(runner, 5);
  assert.deepEqual((await configurations.find('edge-1'))?.good?.settings, before);
  // Nobody is there to hear of the next one.
  await runner.begin('s2', { ...plan, steps }, by);
  await runner.look();
  await runner.cancel('s2');
  assert.equal((await site.store.sagas.find('s2'))?.status, 'undone');
  assert.equal((await configurations.find('edge-1'))?.latest?.phase, 'proposed');
});

test('sagas: a command that nothing undoes is over before what came before it is undone [CFG-31]', async (t) => {
  const site = await sagaSite(t);
  const { runner } = site.cloud();
  const steps = [plan.steps[1]!, plan.steps[3]!];
  await runner.begin('s1', { ...plan, steps }, by);
  await site.pass(runner, 1);
  await runner.look();
  assert.equal((await site.store.commands.queued('edge-1')).length, 1);
  await runner.cancel('s1');
  assert.deepEqual(site.done, ['flush'], 'the seal is on its way, and nothing is undone yet');
  await site.pass(runner, 5);
  assert.deepEqual(site.done, ['flush', 'seal', 'fill']);
  assert.equal((await site.store.sagas.find('s1'))!.status, 'undone');
  // One that never left this machine is not waited for, and never leaves it.
  await runner.begin('s2', { ...plan, steps }, by);
  await site.pass(runner, 1);
  const second = (await site.store.sagas.find('s2'))!;
  const unsent = second.steps.map((step, at) => (at === 1 ? { ...step, phase: 'doing' as const, attempt: 1 } : step));
  const flushed = unsent.with(0, { ...unsent[0]!, phase: 'done' });
  assert.ok(await site.store.sagas.save({ ...second, steps: flushed, revision: second.revision + 1 }, []));
  await runner.cancel('s2');
  await site.pass(runner, 5);
  assert.deepEqual(site.done, ['flush', 'seal', 'fill', 'flush', 'fill']);
});

test('sagas: one that is stuck because a command is not over goes on waiting for it when it is tried again [CFG-31] [CFG-33]', async (t) => {
  const site = await sagaSite(t);
  const { runner } = site.cloud();
  const steps = [plan.steps[1]!, plan.steps[3]!];
  await runner.begin('s1', { ...plan, steps, within: 20_000 }, by);
  await site.pass(runner, 1);
  const status = async () => {
    await runner.look();
    return (await site.store.sagas.find('s1'))!.status;
  };
  assert.equal(await status(), 'running');
  site.clock.time += 20_000;
  assert.equal(await status(), 'running');
  site.clock.time += 20_000;
  assert.equal(await status(), 'stuck');
  await runner.cancel('s1');
  assert.deepEqual([await status(), site.done], ['running', ['flush']]);
  await site.pass(runner, 5);
  assert.deepEqual([await status(), site.done], ['undone', ['flush', 'seal', 'fill']]);
});
