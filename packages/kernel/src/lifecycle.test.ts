import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Service, service, stack } from './lifecycle.ts';

const calm = new AbortController().signal;

/** A service that writes down what happens to it, and fails where it is told to. */
function noted(
  name: string,
  notes: string[],
  fails: { readonly start?: boolean; readonly stop?: boolean } = {},
): Service {
  const does = (what: 'start' | 'stop') => async (): Promise<void> => {
    notes.push(`${name} ${what}`);
    if (fails[what]) throw new Error(`${name} cannot ${what}`);
  };
  return service({ start: does('start'), stop: does('stop') });
}

test('service: it starts once and stops once, however often it is asked [KER-18]', async () => {
  const notes: string[] = [];
  const one = noted('a', notes);
  await Promise.all([one.start(calm), one.start(calm)]);
  await Promise.all([one.stop(), one.stop(), one[Symbol.asyncDispose]()]);
  assert.deepEqual(notes, ['a start', 'a stop']);
});

test('service: stop waits for a start that is under way [KER-18]', async () => {
  const notes: string[] = [];
  let finish: () => void = () => undefined;
  const one = service({
    start: () => new Promise<void>((resolve) => (finish = resolve)).then(() => void notes.push('started')),
    stop: () => void notes.push('stopped'),
  });
  const starting = one.start(calm);
  const stopping = one.stop();
  finish();
  await Promise.all([starting, stopping]);
  assert.deepEqual(notes, ['started', 'stopped']);
});

test('service: a start that failed is ended too, so that what it had opened is closed [KER-18]', async () => {
  const notes: string[] = [];
  const one = noted('a', notes, { start: true });
  await assert.rejects(one.start(calm), /a cannot start/);
  await assert.rejects(one.start(calm), /a cannot start/);
  await one.stop();
  assert.deepEqual(notes, ['a start', 'a stop']);
});

test('service: what was never started is not stopped, and does not start afterwards [KER-19]', async () => {
  const notes: string[] = [];
  const one = noted('a', notes);
  await one.stop();
  await assert.rejects(one.start(calm), /does not start again/);
  assert.deepEqual(notes, []);
});

test('service: it ends with its scope [KER-18]', async () => {
  const notes: string[] = [];
  {
    await using one = noted('a', notes);
    await one.start(calm);
  }
  assert.deepEqual(notes, ['a start', 'a stop']);
});

test('stack: services start in order and stop in reverse [KER-20]', async () => {
  const notes: string[] = [];
  const all = stack(noted('a', notes), noted('b', notes), noted('c', notes));
  await all.start(calm);
  await all.stop();
  assert.deepEqual(notes, ['a start', 'b start', 'c start', 'c stop', 'b stop', 'a stop']);
});

test('stack: when one fails to start, those before it and itself are stopped in reverse, and its error is told [KER-20]', async () => {
  const notes: string[] = [];
  const all = stack(noted('a', notes), noted('b', notes, { start: true }), noted('c', notes));
  await assert.rejects(all.start(calm), /b cannot start/);
  assert.deepEqual(notes, ['a start', 'b start', 'b stop', 'a stop']);
  await all.stop();
  assert.equal(notes.length, 4, 'nothing is stopped twice');
});

test('stack: when one fails to stop, the others are stopped all the same, and every error is told [KER-21]', async () => {
  const notes: string[] = [];
  const all = stack(noted('a', notes), noted('b', notes, { stop: true }), noted('c', notes, { stop: true }));
  await all.start(calm);
  await assert.rejects(all.stop(), (cause: AggregateError) => {
    assert.deepEqual(
      cause.errors.map((one: Error) => one.message),
      ['c cannot stop', 'b cannot stop'],
    );
    return true;
  });
  assert.deepEqual(notes.slice(3), ['c stop', 'b stop', 'a stop']);

  const single = stack(noted('a', []), noted('b', [], { stop: true }));
  await single.start(calm);
  await assert.rejects(single.stop(), /^Error: b cannot stop$/);
});

test('stack: an aborted signal keeps the rest from starting [KER-20]', async () => {
  const notes: string[] = [];
  const stop = new AbortController();
  const aborting = service({ start: () => stop.abort(new Error('enough')), stop: () => void notes.push('first stop') });
  await assert.rejects(stack(aborting, noted('b', notes)).start(stop.signal), /enough/);
  assert.deepEqual(notes, ['first stop']);
});

test('stack: the error of a failed start is not hidden by one of stopping [KER-21]', async () => {
  const all = stack(noted('a', [], { stop: true }), noted('b', [], { start: true }));
  await assert.rejects(all.start(calm), /b cannot start/);
});
