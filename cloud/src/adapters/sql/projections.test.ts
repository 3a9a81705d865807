import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@selvedge/kernel';
import { stillClock } from '../../../test/open-store.ts';
import type { FeedEvent } from '../../ports.ts';
import type { Projector, Stepped } from './project/step.ts';
import { runProjections } from './projections.ts';

interface NumberLog {
  head: number;
  /** Called in the middle of each step. */
  within?: () => void;
  position: number;
  failing: boolean;
  steps: number;
}

/** A projector over a log of numbers, which fails when told to. */
function numbers() {
  const state: NumberLog = { head: 0, position: 0, failing: false, steps: 0 };
  const projector: Projector = {
    head: async () => state.head,
    position: async () => state.position,
    async step(): Promise<Stepped> {
      state.steps += 1;
      if (state.failing) throw new Error('no disk');
      if (state.position < state.head) state.position += 1;
      const more = state.position < state.head;
      state.within?.();
      const events = [{ kind: 'alert', data: state.position }] as unknown as FeedEvent[];
      return { position: state.position, more, bytes: 1_500_000, events, duplicates: 0, poison: 0 };
    },
  };
  return { state, projector };
}

const turns = async (clock: { soon(task: () => void): void }, count = 10): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => clock.soon(resolve));
};

function running() {
  const { state, projector } = numbers();
  const clock = stillClock();
  const events: FeedEvent[] = [];
  const errors: unknown[] = [];
  const log = { ...silentLog, error: (_: string, fields?: object) => void errors.push(fields) };
  const projections = runProjections(projector, { clock, log, feed: { publish: (event) => void events.push(event) } });
  return { state, clock, events, errors, projections };
}

test('projections: they run by themselves when the log has grown, and rest when they have caught up [CLD-10]', async () => {
  const { state, clock, events, projections } = running();
  state.head = 3;
  projections.wake();
  await turns(clock);
  assert.deepEqual([state.position, state.steps, events.length], [3, 3, 3]);
  await turns(clock);
  assert.equal(state.steps, 3);
  state.head = 5;
  await projections.catchUp();
  assert.equal(state.position, 5);
  await projections.stop();
});

test('projections: what is appended while a step runs is not forgotten [CLD-10]', async () => {
  const { state, clock, projections } = running();
  state.head = 1;
  state.within = () => {
    if (state.head === 3) return;
    state.head += 1;
    projections.wake();
  };
  projections.wake();
  for (let rests = 0; rests < 3; rests++) {
    await turns(clock);
    clock.wake();
  }
  await turns(clock);
  assert.equal(state.position, 3);
  await projections.stop();
});

test('projections: when they have caught up they rest 250 ms before the next step, unless somebody waits [CLD-10]', async () => {
  const { state, clock, projections } = running();
  state.head = 1;
  projections.wake();
  await turns(clock);
  assert.deepEqual([state.position, clock.sleeping], [1, []]);
  state.head = 2;
  projections.wake();
  await turns(clock);
  assert.deepEqual([state.position, clock.sleeping], [1, [250]]);
  await projections.catchUp();
  assert.equal(state.position, 2);
  clock.time += 250;
  state.head = 3;
  projections.wake();
  await turns(clock);
  assert.equal(state.position, 3);
  await projections.stop();
});

test('projections: the log waits for them when it has grown far beyond them, and never for one that fails [LNK-46]', async () => {
  const { state, clock, projections } = running();
  state.head = 4;
  projections.wake(6_000_000);
  let grown = 0;
  void projections.room().then(() => (grown = state.position));
  await turns(clock);
  assert.ok(grown > 0 && grown < 4, `there was room at ${grown}`);
  state.failing = true;
  state.head = 9;
  projections.wake(6_000_000);
  const waiting = projections.room();
  await turns(clock);
  await waiting;
  await projections.room();
  await projections.stop();
});

test('projections: a step that fails is told, waited for longer each time, and tried again until it succeeds [CLD-10]', async () => {
  const { state, clock, errors, events, projections } = running();
  state.head = 2;
  state.failing = true;
  projections.wake();
  const caughtUp = projections.catchUp();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 12; attempt++) {
    await turns(clock);
    waits.push(...clock.sleeping);
    clock.wake();
  }
  assert.deepEqual(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  assert.deepEqual([errors.length >= 12, events.length, state.position], [true, 0, 0]);
  assert.deepEqual(errors[0], { message: 'no disk', attempt: 1, retryInMs: 100 });
  state.failing = false;
  await turns(clock);
  clock.wake();
  await caughtUp;
  assert.deepEqual([state.position, events.length], [2, 2]);
  await projections.stop();
});

test('projections: who settles for less does not wait for the next attempt; who is closed on is told [CLD-10]', async () => {
  const { state, clock, projections } = running();
  state.head = 2;
  state.failing = true;
  const patient = projections.catchUp();
  await projections.settle();
  await projections.settle();
  await turns(clock);
  await Promise.all([assert.rejects(patient, /closed/), projections.stop()]);
  await assert.rejects(projections.catchUp(), /closed/);
});
