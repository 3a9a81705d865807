import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outboxWindow, type Waiting } from './window.ts';

const limits = { sizeMax: 100, readingsMax: 10, whenFull: 'drop-oldest' } as const;
const kept = (offset: number): Waiting => ({ offset, lane: 'kept', sizeBytes: 10 });
const expendable = (offset: number): Waiting => ({ offset, lane: 'expendable', sizeBytes: 30 });

test('outbox: a lane is done up to its first reading that is not, in whatever order they end [DEV-3]', () => {
  const window = outboxWindow<Waiting>(limits);
  const all = [3, 5, 6, 9].map(kept);
  for (const entry of all) window.add(entry);
  assert.equal(window.finish(all[1]!), 3);
  assert.equal(window.finish(all[0]!), 6);
  assert.equal(window.finish(all[3]!), 6);
  assert.equal(window.finish(all[2]!), 10);
  assert.equal(window.sizeBytes, 0);
});

test('outbox: a place that the disk refused and gave again is not taken for done [DEV-3]', () => {
  const window = outboxWindow<Waiting>(limits);
  const refused = [kept(4), kept(5), kept(6)];
  for (const entry of refused) window.add(entry);
  const again = kept(4);
  window.add(again);
  for (const entry of refused) window.forget(entry);
  assert.equal(window.find(4), again);
  assert.equal(window.count, 1);
  assert.equal(window.sizeBytes, 10);
  assert.equal(window.finish(again), 5);
});

test('outbox: what is in flight does not give way, and waits again when the connection is lost [DEV-4, DEV-6]', () => {
  const window = outboxWindow<Waiting>(limits);
  for (const offset of [0, 1, 2]) window.add(expendable(offset));
  window.sent(0);
  assert.deepEqual(window.admit(20), { take: true, drop: [expendable(1)] });
  assert.deepEqual(window.admit(60), { take: true, drop: [expendable(1), expendable(2)] });
  assert.deepEqual(window.admit(80), { take: false });
  window.recall();
  assert.equal(window.inFlight, 0);
  assert.deepEqual(window.admit(80), { take: true, drop: [expendable(0), expendable(1), expendable(2)] });
  assert.equal(window.first(), 0);
});
