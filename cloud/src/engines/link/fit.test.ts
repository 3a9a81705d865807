import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Held } from '../../ports.ts';
import { judgeFit, readProof } from './fit.ts';
import type { Hello } from './hello.ts';

const hash = (byte: number): string => Buffer.alloc(32, byte).toString('hex');
const run = (from: number, to: number): Held => ({
  ...{ from, to, before: Buffer.alloc(32, from), after: Buffer.alloc(32, to) },
});
const hello: Hello = {
  ...{ node: 'n1', epoch: '0123456789ab', software: 'edge', time: 1 },
  head: { offset: 100, hash: hash(100) },
  base: { offset: 0, hash: '' },
  speaks: ['proof'],
};
const held = [run(0, 20), run(30, 60)];

test('fit: a journal is asked for the end of the last run that is held, and fits or not by its hash there [LNK-52]', () => {
  assert.deepEqual(judgeFit(hello, undefined, held), { kind: 'ask', offset: 60 });
  assert.deepEqual(judgeFit(hello, { offset: 60, hash: hash(60) }, held), { kind: 'fits' });
  const other = judgeFit(hello, { offset: 60, hash: hash(61) }, held);
  assert.match(other.kind === 'fork' ? other.why : '', /0123456789ab.*before offset 60 it has another hash/);
});

test('fit: what was proved before more came is not enough [LNK-52]', () => {
  const more = [...held, run(70, 80)];
  assert.deepEqual(judgeFit(hello, { offset: 60, hash: hash(60) }, more), { kind: 'ask', offset: 80 });
});

test('fit: nothing held needs no proof, and the head that the hello names proves itself [LNK-52]', () => {
  assert.deepEqual(judgeFit(hello, undefined, []), { kind: 'fits' });
  assert.deepEqual(judgeFit(hello, undefined, [run(0, 100)]), { kind: 'fits' });
  const head = { offset: 100, hash: hash(1) };
  assert.equal(judgeFit({ ...hello, head }, undefined, [run(0, 100)]).kind, 'fork');
});

test('fit: a journal that ends before what is held is none that goes on, unless it is a copy of a closed one [LNK-52] [LNK-50]', () => {
  const ahead = [...held, run(150, 160)];
  const fork = judgeFit(hello, undefined, ahead);
  assert.match(fork.kind === 'fork' ? fork.why : '', /ends at 100.*up to 160/);
  const closed: Hello = { ...hello, channel: 'closed' };
  assert.deepEqual(judgeFit(closed, undefined, ahead), { kind: 'ask', offset: 60 });
  assert.equal(judgeFit(closed, { offset: 60, hash: hash(61) }, ahead).kind, 'fork');
});

test('fit: who has let the place go, and who proves nothing, is believed [LNK-53]', () => {
  assert.deepEqual(judgeFit(hello, { offset: 60, hash: '' }, held), { kind: 'fits' });
  const { speaks: _, ...older } = hello;
  assert.deepEqual(judgeFit(older, undefined, held), { kind: 'fits' });
  assert.equal(judgeFit(older, undefined, [run(0, 101)]).kind, 'fork');
});

test('fit: a proof that is none is not read [LNK-7]', () => {
  assert.equal(readProof({ offset: 6, hash: hash(1) }).ok, true);
  assert.equal(readProof({ offset: 6, hash: '' }).ok, true);
  for (const wrong of [{}, { offset: 1.5, hash: '' }, { offset: 6 }, { offset: 6, hash: 'ab' }, { offset: 6, hash: 6 }])
    assert.equal(readProof(wrong).ok, false);
});
