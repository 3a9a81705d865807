import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceCommand } from './device-command.ts';
import { type ExecutorInput, type ExecutorState, emptyExecutor, foldExecutor, stepExecutor } from './executor.ts';
import { foldNotes } from './notes.ts';

const limits = { openMax: 64, answeredMax: 1_000 };
const command = (id: string, fence?: number): DeviceCommand => ({
  ...{ id, name: 'flush', arguments: {}, reason: '' },
  ...(fence === undefined ? {} : { fence }),
});

function take(state: ExecutorState, input: ExecutorInput) {
  const step = stepExecutor(state, input, 0, limits);
  const after = step.notes.reduce((one, note) => foldExecutor(one, note, limits), state);
  return { step, after, ran: step.run?.id };
}

const arrive = (state: ExecutorState, one: DeviceCommand) => take(state, { kind: 'arrived', command: one }).after;

test('commands: after one that was ordered at the new node, an older one is refused, with the fence that holds [CFG-52] [CFG-53]', () => {
  let state = arrive(emptyExecutor, command('waits', 1));
  state = arrive(state, command('new', 2));
  state = arrive(state, command('old', 1));
  assert.deepEqual(state.open.find((one) => one.command.id === 'old')?.answer?.result, {
    fault: 'COMMAND_FENCED',
    message: 'it was ordered under fence 1, and 2 holds',
    fence: 2,
  });
  const { after, ran } = take(state, { kind: 'free' });
  assert.equal(ran, 'new', 'also one that waited already');
  assert.equal(after.open.find((one) => one.command.id === 'waits')?.answer?.status, 'failed');
});

test('commands: one without a fence is carried out, and notes of earlier programs have none [CFG-52]', () => {
  const noted = { note: 'compacted', boot: 4, executor: { open: [], answered: [] } };
  const { executor } = foldNotes([noted], limits);
  assert.equal(executor.fence, 0);
  const state = arrive(arrive(executor, command('a', 2)), command('by-rule'));
  assert.deepEqual(
    state.open.map(({ answer }) => answer),
    [undefined, undefined],
  );
});
