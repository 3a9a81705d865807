import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readEdgeAudit } from './read-edge-audit.ts';

const seed = 20_260_306;
const answer = {
  epoch: '0123456789ab',
  head: { offset: 10, hash: 'aa' },
  base: { offset: 0, hash: 'bb' },
  checked: { records: 10, batches: 2 },
  broken: [{ offset: 3, why: 'CRC' }],
  pending: 1,
  expired: 0,
  journaledReadings: 9,
  ledger: [{ source: 'd', received: 1, refused: 0, duplicates: 0, quarantined: 0, journaled: 1 }],
  gaps: [{ lane: 'high', from: 1, to: 3, count: 2, reason: 'age', at: 5 }],
};

test('proof: an answer is read whole, and what is not known of it is left out [API-16]', () => {
  assert.deepEqual(readEdgeAudit({ ...answer, more: 1 }), { ok: true, value: answer });
});

test('proof: an answer with a member that is not what it should be is refused with why [API-16]', () => {
  const wrong: readonly [object, RegExp][] = [
    [{ failed: { message: 'the disk is gone' } }, /could not answer: the disk is gone/],
    [{ epoch: 1 }, /epoch/],
    [{ head: { offset: '1', hash: 'a' } }, /head/],
    [{ base: null }, /base/],
    [{ checked: { records: 1 } }, /checked/],
    [{ pending: -1 }, /count/],
    [{ expired: 0.5 }, /count/],
    [{ journaledReadings: Number.NaN }, /count/],
    [{ broken: [{ offset: 1 }] }, /broken/],
    [{ ledger: {} }, /ledger/],
    [{ ledger: [{ ...answer.ledger[0], received: '1' }] }, /ledger/],
    [{ gaps: [null] }, /gaps/],
  ];
  for (const [change, why] of wrong) {
    const read = readEdgeAudit({ ...answer, ...change });
    assert.match(read.ok ? 'taken' : read.why, why);
  }
});

test(`proof: anything at all is read or refused, never thrown at [API-16] seed ${seed}`, () => {
  fc.assert(
    fc.property(fc.anything(), (raw) => assert.equal(typeof readEdgeAudit(raw).ok, 'boolean')),
    { seed },
  );
});
