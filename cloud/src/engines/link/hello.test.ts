import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeHello, readHello } from './hello.ts';

const hash = (byte: string): string => byte.repeat(32);
const hello = {
  node: 'n1',
  epoch: '0123456789ab',
  head: { offset: 100, hash: hash('aa') },
  base: { offset: 40, hash: hash('bb') },
  software: 'edge 0.1.0',
  time: 1_000,
};
const facts = {
  owner: undefined,
  end: 0,
  hashAtHead: undefined,
  hashAtBase: undefined,
  acknowledged: [],
  hasControl: true,
};
const verdict = (change: object): string | undefined => judgeHello(hello, 'n1', { ...facts, ...change })?.code;

test('hello: a new journal, one that goes on, and one that is wholly held are welcome [LNK-6]', () => {
  assert.equal(verdict({}), undefined);
  assert.equal(verdict({ owner: 'n1', end: 60 }), undefined);
  assert.equal(verdict({ owner: 'n1', end: 100, hashAtHead: hash('aa'), hashAtBase: hash('bb') }), undefined);
});

test('hello: the journal of another node is refused [LNK-5]', () => {
  assert.equal(verdict({ owner: 'n2', end: 60 }), 'LINK_EPOCH_FOREIGN');
});

test('hello: another name than the certificate says is refused [LNK-4]', () => {
  const refusal = judgeHello(hello, 'n7', facts);
  assert.equal(refusal?.code, 'LINK_NODE_FOREIGN');
  assert.match(refusal?.message ?? '', /n7.*n1/);
});

test('hello: a journal set back behind what we hold, or with another history, is refused as a fork, with numbers [LNK-6]', () => {
  assert.equal(verdict({ owner: 'n1', end: 101 }), 'LINK_FORK');
  assert.match(judgeHello(hello, 'n1', { ...facts, end: 250 })?.message ?? '', /ends at 100.*up to 250/);
  assert.equal(verdict({ owner: 'n1', end: 100, hashAtHead: hash('cc') }), 'LINK_FORK');
  assert.equal(verdict({ owner: 'n1', end: 60, hashAtBase: hash('cc') }), 'LINK_FORK');
});

test('hello: of a closed journal a copy is taken that ends before what is held, and no other history [LNK-50]', () => {
  const closed = { ...hello, channel: 'closed' } as const;
  assert.deepEqual(readHello({ ...closed }), { ok: true, value: closed });
  assert.equal(judgeHello(closed, 'n1', { ...facts, end: 250 }), undefined);
  assert.equal(judgeHello(closed, 'n1', { ...facts, end: 100, hashAtHead: hash('cc') })?.code, 'LINK_FORK');
  assert.equal(judgeHello(closed, 'n1', { ...facts, owner: 'n2' })?.code, 'LINK_EPOCH_FOREIGN');
});

test('hello: a bulk connection that names its link joins it, also when more has come since its hello [LNK-41] [LNK-54]', () => {
  const bulk = { ...hello, channel: 'bulk', link: '1f', speaks: ['proof'] } as const;
  assert.deepEqual(readHello({ ...bulk, speaks: ['proof', 'song'] }), { ok: true, value: bulk });
  assert.equal(judgeHello(bulk, 'n1', { ...facts, end: 250 }), undefined);
  assert.equal(judgeHello(bulk, 'n1', { ...facts, hasControl: false })?.code, 'LINK_BULK_ALONE');
  const { link: _, ...older } = bulk;
  assert.equal(judgeHello(older, 'n1', { ...facts, end: 250 })?.code, 'LINK_FORK');
});

test('hello: members that are not what they should be are named [LNK-3]', () => {
  assert.deepEqual(readHello({ ...hello }), { ok: true, value: hello });
  const wrong: readonly [object, RegExp][] = [
    [{ node: 1 }, /node/],
    [{ epoch: '0123456789AB' }, /epoch/],
    [{ epoch: '0123456789ab0' }, /epoch/],
    [{ head: { offset: -1, hash: hash('aa') } }, /head/],
    [{ head: { offset: 1.5, hash: hash('aa') } }, /head/],
    [{ head: { offset: 1, hash: 'aa' } }, /head/],
    [{ head: null }, /head/],
    [{ base: undefined }, /base/],
    [{ base: { offset: 101, hash: hash('aa') } }, /base 101 lies after head 100/],
    [{ software: 'x'.repeat(200) }, /software/],
    [{ time: Number.NaN }, /time/],
    [{ speaks: 'proof' }, /speaks/],
    [{ link: 'no' }, /link/],
    [{ link: '1'.repeat(17) }, /link/],
  ];
  const unread = { ...hello, base: { offset: 40, hash: '' } };
  assert.deepEqual(readHello(unread), { ok: true, value: unread });
  assert.equal(judgeHello(unread, 'n1', { ...facts, hashAtBase: hash('cc') }), undefined);
  for (const [change, why] of wrong) {
    const read = readHello({ ...hello, ...change });
    assert.match(read.ok ? 'taken' : read.why, why);
  }
});
