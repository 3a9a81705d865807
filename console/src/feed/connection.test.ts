import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeedMessage } from '../api/views.ts';
import { type FeedEffect, type FeedInput, type FeedState, initialFeed, stepFeed } from './connection.ts';
import { readFeedMessage } from './message.ts';

const reading = (sequence: number): FeedMessage => ({
  kind: 'reading',
  sequence,
  data: { device: 'pump-7', node: 'edge-1', takenAt: 1, values: { bar: 4 }, readingsTotal: sequence },
});
const hello = (sequence: number, resumed: boolean): FeedMessage => ({ kind: 'hello', sequence, resumed });
const message = (one: FeedMessage): FeedInput => ({ kind: 'message', message: one });

function play(
  inputs: readonly FeedInput[],
  from: FeedState = initialFeed,
): { state: FeedState; effects: FeedEffect[] } {
  let state = from;
  const effects: FeedEffect[] = [];
  for (const [index, input] of inputs.entries()) {
    const step = stepFeed(state, input, 1_000 * index, 0.5);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const kinds = (effects: readonly FeedEffect[]): string[] => effects.map((effect) => effect.kind);

test('console: the feed resumes after a break from the last sequence it has seen [CON-11]', () => {
  const { state, effects } = play([
    { kind: 'start' },
    message(hello(40, false)),
    message(reading(41)),
    message(reading(42)),
    { kind: 'closed' },
    { kind: 'due' },
  ]);
  assert.equal(state.phase, 'connecting');
  assert.deepEqual(effects[0], { kind: 'open', since: null });
  assert.deepEqual(effects.at(-1), { kind: 'open', since: 42 });
});

test('console: a resumed feed delivers each event once and reloads nothing [CON-11]', () => {
  const before = play([
    { kind: 'start' },
    message(hello(40, false)),
    message(reading(42)),
    { kind: 'closed' },
    { kind: 'due' },
  ]);
  const { effects } = play(
    [message(hello(44, true)), message(reading(42)), message(reading(43)), message(reading(44))],
    before.state,
  );
  assert.deepEqual(
    effects.map((effect) => (effect.kind === 'deliver' ? effect.event.data : effect.kind)),
    [reading(43), reading(44)].map((one) => (one.kind === 'hello' ? '' : one.data)),
  );
});

test('console: a feed that cannot resume, as after a restart of the cloud, reloads and counts anew [CON-11]', () => {
  const before = play([{ kind: 'start' }, message(hello(9_000, false)), { kind: 'closed' }, { kind: 'due' }]);
  const { state, effects } = play([message(hello(3, false)), message(reading(4))], before.state);
  assert.deepEqual(kinds(effects), ['reload', 'deliver']);
  assert.equal(state.sequence, 4);
});

test('console: attempts come later and later, spread by chance, and never further apart than 15 s [CON-11]', () => {
  let state = stepFeed(initialFeed, { kind: 'start' }, 0, 0).state;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 40; attempt++) {
    for (const chance of [0, 0.999]) {
      const [effect] = stepFeed(state, { kind: 'closed' }, 0, chance).effects;
      assert.ok(effect?.kind === 'wait');
      waits.push(effect.milliseconds);
    }
    state = stepFeed(stepFeed(state, { kind: 'closed' }, 0, 0).state, { kind: 'due' }, 0, 0).state;
  }
  assert.deepEqual(waits.slice(0, 4), [250, 500, 500, 1_000]);
  assert.equal(Math.max(...waits), 14_993);
});

test('console: a request without an answer makes a silent feed connect anew [CON-11]', () => {
  const { state, effects } = play([{ kind: 'start' }, message(hello(1, false)), { kind: 'doubt' }]);
  assert.deepEqual(kinds(effects), ['open', 'reload', 'close', 'wait', 'probe']);
  assert.equal(state.phase, 'waiting');
  assert.equal(play([{ kind: 'hurry' }], state).state.phase, 'connecting');
});

test('console: an ended session stops the feed until somebody signs in [CON-10]', () => {
  const ended = play([{ kind: 'start' }, { kind: 'closed' }, { kind: 'refused' }]);
  assert.equal(ended.state.phase, 'signed-out');
  assert.equal(play([{ kind: 'due' }, { kind: 'closed' }, message(reading(5))], ended.state).effects.length, 0);
  assert.deepEqual(kinds(play([{ kind: 'start' }], ended.state).effects), ['open']);
});

test('console: what is no message of the feed is passed over [CON-11]', () => {
  for (const text of ['', '{', '7', 'null', '{"kind":"twin","sequence":1,"data":{}}', '{"kind":"node","data":{}}']) {
    assert.equal(readFeedMessage(text), undefined, text);
  }
  assert.deepEqual(readFeedMessage('{"kind":"hello","sequence":7,"resumed":true}'), hello(7, true));
  assert.deepEqual(readFeedMessage(JSON.stringify(reading(8))), reading(8));
});
