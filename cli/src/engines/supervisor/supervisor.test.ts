import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ChildName,
  childNames,
  emptySupervisor,
  isClosed,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
  stepSupervisor,
} from './supervisor.ts';

const failure = { message: 'it broke' };

/** Feeds inputs, each with its time in ticks, and gives the last state and all effects as short texts. */
function story(...inputs: readonly (readonly [SupervisorInput, number?])[]) {
  let state: SupervisorState = emptySupervisor;
  const effects: string[] = [];
  for (const [input, now = 0] of inputs) {
    const step = stepSupervisor(state, input, now);
    state = step.state;
    effects.push(...step.effects.map(textOf));
  }
  return { state, effects };
}

function textOf(effect: SupervisorEffect): string {
  if (effect.kind === 'signal') return `${effect.signal} ${effect.name}`;
  if (effect.kind === 'tell') return `tell ${effect.name} ${effect.news}`;
  if (effect.kind === 'alarm') return `${effect.about} ${effect.name} ${effect.wait}`;
  return `${effect.kind} ${effect.name}`;
}

const start = (name: ChildName): SupervisorInput => ({ kind: 'start', name });
const ready = (name: ChildName): SupervisorInput => ({ kind: 'ready', name });
const due = (name: ChildName): SupervisorInput => ({ kind: 'due', name });
const exited = (name: ChildName): SupervisorInput => ({ kind: 'exited', name, failure });

test('supervisor: a child that was never ready has failed, and is not started again [CLI-22]', () => {
  const { state, effects } = story([start('cloud')], [exited('cloud')], [due('cloud')]);
  assert.equal(state.children.cloud.phase, 'failed');
  assert.deepEqual(state.children.cloud.failure, failure);
  assert.deepEqual(effects, ['cancel cloud', 'spawn cloud', 'tell cloud failed']);
});

test('supervisor: a child that crashes starts again after growing waits, and is told of once [CLI-21]', () => {
  const crashes = [0, 1, 2, 3].flatMap((n): [SupervisorInput, number][] => [
    [exited('edge'), 10_000 + n * 20_000],
    [due('edge'), 10_500 + n * 20_000],
  ]);
  const { effects } = story([start('edge')], [ready('edge')], ...crashes, [ready('edge'), 90_000]);
  assert.deepEqual(effects.slice(3), [
    ...['due edge 500', 'tell edge crashed', 'spawn edge'],
    ...['due edge 1000', 'spawn edge', 'due edge 2000', 'spawn edge', 'due edge 4000', 'spawn edge'],
    'tell edge recovered',
  ]);
});

test('supervisor: waits stay below 30 s; more than 8 crashes in 5 minutes, and it is left alone [CLI-21]', () => {
  let state = story([start('edge')], [ready('edge')]).state;
  const waits: number[] = [];
  for (let n = 1; n <= 9; n++) {
    const step = stepSupervisor(state, exited('edge'), n * 1_000);
    for (const effect of step.effects) if (effect.kind === 'alarm') waits.push(effect.wait);
    state = stepSupervisor(step.state, due('edge'), n * 1_000).state;
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.equal(state.children.edge.phase, 'failed');
  const again = stepSupervisor(state, start('edge'), 20_000);
  assert.equal(again.state.children.edge.phase, 'starting');
  assert.deepEqual(again.state.children.edge.crashes, []);
});

test('supervisor: crashes that are long past do not count [CLI-21]', () => {
  let state = story([start('edge')], [ready('edge')]).state;
  for (let n = 1; n <= 20; n++) {
    const step = stepSupervisor(state, exited('edge'), n * 100_000);
    state = stepSupervisor(step.state, due('edge'), n * 100_000).state;
    state = stepSupervisor(state, ready('edge'), n * 100_000).state;
  }
  assert.equal(state.children.edge.phase, 'running');
});

test('supervisor: closing ends the last started first, each when the one before is gone [CLI-20]', () => {
  const begun = childNames.flatMap((name): [SupervisorInput][] => [[start(name)], [ready(name)]]);
  const { state, effects } = story(
    ...begun,
    [{ kind: 'close' }],
    [exited('demo')],
    [exited('edge')],
    [exited('cloud')],
  );
  assert.deepEqual(
    effects.filter((effect) => effect.startsWith('SIG') || effect.includes('stopped')),
    ['SIGTERM demo', 'tell demo stopped', 'SIGTERM edge', 'tell edge stopped', 'SIGTERM cloud', 'tell cloud stopped'],
  );
  assert.ok(isClosed(state));
});

test('supervisor: a child that does not stop is killed after 8 s [CLI-20]', () => {
  const { effects } = story(
    [start('edge')],
    [ready('edge')],
    [{ kind: 'stop', name: 'edge' }],
    [{ kind: 'overdue', name: 'edge' }, 8_000],
  );
  assert.deepEqual(effects.slice(3), ['SIGTERM edge', 'overdue edge 8000', 'SIGKILL edge']);
});

test('supervisor: what was stopped stays stopped, and starting or stopping twice changes nothing [CLI-25]', () => {
  const stop: SupervisorInput = { kind: 'stop', name: 'cloud' };
  const { state, effects } = story(
    [start('cloud')],
    [start('cloud')],
    [ready('cloud')],
    [start('cloud')],
    [stop],
    [stop],
    [exited('cloud')],
    [stop],
    [due('cloud')],
  );
  assert.equal(state.children.cloud.phase, 'off');
  assert.deepEqual(effects, [
    'cancel cloud',
    'spawn cloud',
    'tell cloud ready',
    'SIGTERM cloud',
    'overdue cloud 8000',
    'cancel cloud',
    'tell cloud stopped',
  ]);
});

test('supervisor: whatever happens, a child lives once at most, and closing always comes to its end [CLI-20, CLI-21]', () => {
  const name = fc.constantFrom(...childNames);
  const input = fc.oneof(
    fc.record({ kind: fc.constantFrom('start', 'stop', 'ready', 'due', 'overdue' as const), name }),
    fc.record({ kind: fc.constant('exited' as const), name, failure: fc.constant(failure) }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(input, fc.integer({ min: 0, max: 60_000 })), { maxLength: 80 }), (inputs) => {
      let state: SupervisorState = emptySupervisor;
      let now = 0;
      const alive = new Set<ChildName>();
      const feed = (one: SupervisorInput): void => {
        // Only a child that lives can be ready or end.
        if ((one.kind === 'ready' || one.kind === 'exited') && !alive.has(one.name)) return;
        if (one.kind === 'exited') alive.delete(one.name);
        const step = stepSupervisor(state, one, now);
        state = step.state;
        for (const effect of step.effects) {
          if (effect.kind === 'spawn') {
            assert.ok(!alive.has(effect.name), `${effect.name} lives twice`);
            alive.add(effect.name);
          }
          if (effect.kind === 'signal') assert.ok(alive.has(effect.name), `${effect.name} does not live`);
        }
      };
      for (const [one, wait] of inputs) {
        now += wait;
        feed(one as SupervisorInput);
      }
      feed({ kind: 'close' });
      for (let turn = 0; turn < 3; turn++) for (const one of childNames.toReversed()) feed(exited(one));
      assert.ok(isClosed(state));
      assert.equal(alive.size, 0);
    }),
    { seed: 20_251_122, numRuns: 500 },
  );
});

test('supervisor: who does not want to wait has all children killed at once, also while they end in order [CLI-35]', () => {
  const running = (['cloud', 'edge', 'demo'] as const).flatMap((name): [SupervisorInput][] => [
    [start(name)],
    [ready(name)],
  ]);
  const { state, effects } = story(...running, [{ kind: 'close' }], [{ kind: 'kill' }]);
  assert.deepEqual(effects.slice(-3), ['SIGKILL cloud', 'SIGKILL edge', 'SIGKILL demo']);
  const gone = childNames.reduce((last, name) => stepSupervisor(last, exited(name), 0).state, state);
  assert.ok(isClosed(gone));
});
