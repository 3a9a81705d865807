import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMetrics, isFault } from '@selvedge/kernel';
import { memoryReplayStore } from '../adapters/memory/oscore-state.ts';
import { oscoreFaults } from './faults.ts';
import { oscoreMetrics } from './metrics.ts';
import { sequenceLimit } from './option-value.ts';
import type { OscoreState, ReplayStore } from './ports.ts';
import { openSequences } from './sequences.ts';

const limits = { stride: 100, margin: 1_000 };

/** A store whose saves settle when the test lets them, in order. */
function slowStore() {
  const under = memoryReplayStore();
  const waiting: { readonly let: () => void; readonly fail: () => void }[] = [];
  const begun: OscoreState[] = [];
  let isHeld = false;
  const store: ReplayStore = {
    ...under,
    async save(name, state) {
      begun.push(state);
      if (isHeld) {
        await new Promise<void>((resolve, reject) =>
          waiting.push({ let: resolve, fail: () => reject(oscoreFaults('COAP_OSCORE_STATE_FAILED', 'told to')) }),
        );
      }
      await under.save(name, state);
    },
  };
  const hold = (): void => void (isHeld = true);
  return { store, under, waiting, begun, hold };
}

const open = (store: ReplayStore, first = 0) => openSequences(first, 'a', store, limits, () => undefined, undefined);
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

test('oscore sequence: numbers go up by one, and a write is made once a stride [COA-220, COA-221]', async () => {
  const { store, begun } = slowStore();
  const sequences = await open(store);
  for (let expected = 0; expected < 1_000; expected++) assert.equal(await sequences.take(), expected);
  assert.ok(begun.length <= 21, `${begun.length} writes`);
});

test('oscore sequence: no number is given before its stride is durable [COA-220]', async () => {
  const { store, under, waiting, hold } = slowStore();
  const sequences = await open(store);
  for (let count = 0; count < 100; count++) {
    const sequence = await sequences.take();
    assert.ok(sequence < (await under.load('a'))!.reserved);
    if (count === 40) hold();
  }
  const taken: number[] = [];
  const waits = [1, 2, 3].map(() => sequences.take().then((one) => taken.push(one)));
  await settle();
  assert.deepEqual(taken, []);
  waiting.shift()!.let();
  await Promise.all(waits);
  assert.deepEqual(taken, [100, 101, 102]);
});

test('oscore sequence: whoever asks at the same time gets another number [COA-220]', async () => {
  const sequences = await open(memoryReplayStore());
  const taken = await Promise.all(Array.from({ length: 950 }, () => sequences.take()));
  assert.equal(new Set(taken).size, 950);
});

test('oscore sequence: a store that fails stops them, and they go on when it works again [COA-221]', async () => {
  const { store, waiting, hold } = slowStore();
  const metrics = defineMetrics(oscoreMetrics);
  const sequences = await openSequences(0, 'a', store, limits, () => undefined, metrics.saves);
  hold();
  for (let count = 0; count < 100; count++) await sequences.take();
  const refused = assert.rejects(sequences.take(), (cause) => isFault(cause, 'COAP_OSCORE_STATE_FAILED'));
  waiting.shift()!.fail();
  await refused;
  const later = sequences.take();
  waiting.shift()!.let();
  assert.equal(await later, 100);
  assert.deepEqual([metrics.saves.value('kept'), metrics.saves.value('failed')], [2, 1]);
});

test('oscore sequence: the last of 2^40 is given, and nothing after it [COA-222]', async () => {
  const store = memoryReplayStore();
  const sequences = await open(store, sequenceLimit - 3);
  const taken = [await sequences.take(), await sequences.take(), await sequences.take()];
  assert.deepEqual(taken, [sequenceLimit - 3, sequenceLimit - 2, sequenceLimit - 1]);
  const exhausted = (cause: unknown) => isFault(cause, 'COAP_OSCORE_SEQUENCE_EXHAUSTED');
  await assert.rejects(sequences.take(), exhausted);
  const { reserved } = (await store.load('a'))!;
  await assert.rejects((await open(store, reserved + limits.margin)).take(), exhausted);
});

test('oscore sequence: writes of one state do not overlap, and one that is asked for holds what was then [COA-223]', async () => {
  const { store, begun, waiting, hold } = slowStore();
  let highest = 0;
  const sequences = await openSequences(0, 'a', store, limits, () => ({ highest, seen: Buffer.alloc(4) }), undefined);
  hold();
  const saves: Promise<void>[] = [];
  for (highest = 1; highest <= 5; highest++) saves.push(sequences.save());
  highest = 5;
  await settle();
  assert.equal(waiting.length, 1);
  waiting.shift()!.let();
  await saves[0];
  await settle();
  assert.equal(waiting.length, 1);
  waiting.shift()!.let();
  await Promise.all(saves);
  assert.deepEqual(
    begun.map(({ window }) => window?.highest),
    [0, 1, 5],
  );
});

test('oscore sequence: once closed nothing is given, and nothing is being written [COA-223]', async () => {
  const { store, waiting, hold } = slowStore();
  const sequences = await open(store);
  hold();
  const [one, two] = [sequences.save(), sequences.save()];
  let isClosed = false;
  const closing = sequences.close().then(() => (isClosed = true));
  await settle();
  waiting.shift()!.let();
  await settle();
  assert.equal(isClosed, false);
  waiting.shift()!.let();
  await Promise.all([one, two, closing]);
  await assert.rejects(sequences.take(), (cause) => isFault(cause, 'COAP_OSCORE_CONTEXT_UNKNOWN'));
});
