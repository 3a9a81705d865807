import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describeViolations,
  type Item,
  ledgerBalances,
  noRunTwice,
  noStaleRun,
  nothingDoubled,
  nothingInvented,
  nothingLost,
  orderKept,
  type Violation,
} from './invariants.ts';

const items = (text: string): Item[] =>
  text.split(' ').map((one) => ({ name: one.split('=')[0]!, content: one.split('=')[1]! }));
const kinds = (violations: readonly Violation[]): string[] =>
  violations.map((one) => `${one.invariant}: ${one.what.split(':')[0]}`);

test('invariants: a sound history breaks none [TST-15]', () => {
  const sent = items('a=1 b=2 c=3');
  assert.deepEqual(nothingLost(items('a=1 b=2'), sent), []);
  assert.deepEqual(nothingDoubled(sent), []);
  assert.deepEqual(nothingInvented(sent, items('b=2')), []);
  assert.deepEqual(
    orderKept([
      { stream: 'a', place: 1 },
      { stream: 'b', place: 0 },
      { stream: 'a', place: 5 },
    ]),
    [],
  );
  assert.deepEqual(
    ledgerBalances([{ source: 'a', received: 6, refused: 1, duplicates: 2, quarantined: 0, journaled: 3 }]),
    [],
  );
  assert.deepEqual(noStaleRun([{ id: 'c', ranAt: 4, expiresAt: 5 }]), []);
  assert.deepEqual(noRunTwice([{ id: 'c', ranAt: 4, expiresAt: 5 }]), []);
});

test('invariants: what was acknowledged and is not stored is lost, or altered [TST-15]', () => {
  assert.deepEqual(kinds(nothingLost(items('a=1 b=2 c=3'), items('c=4 a=1'))), ['lost: b', 'altered: c']);
});

test('invariants: what is stored twice is doubled, even with the same content [TST-15]', () => {
  assert.deepEqual(kinds(nothingDoubled(items('a=1 b=2 a=1 a=3'))), ['doubled: a']);
});

test('invariants: what nobody sent is unheard of [TST-15]', () => {
  assert.deepEqual(kinds(nothingInvented(items('a=1 b=2'), items('a=2 x=9'))), ['altered: a', 'unheard-of: x']);
});

test('invariants: a place that does not go up in its stream is out of order [TST-15]', () => {
  const stored = [1, 2, 2, 1].map((place) => ({ stream: 'pump-7 high', place }));
  assert.equal(orderKept(stored).length, 2);
  assert.deepEqual(kinds(orderKept(stored)), Array(2).fill('out of order: pump-7 high'));
});

test('invariants: a ledger row whose terms do not add up is unbalanced, and so is a negative term [TST-15]', () => {
  const row = { source: 'a', received: 3, refused: 0, duplicates: 0, quarantined: 0, journaled: 2 };
  assert.deepEqual(kinds(ledgerBalances([row])), ['unbalanced: a']);
  assert.deepEqual(kinds(ledgerBalances([{ ...row, received: 1, refused: -1 }])), ['unbalanced: a']);
});

test('invariants: a command that runs late or twice is found [TST-15]', () => {
  const run = { id: 'c', ranAt: 5, expiresAt: 5 };
  assert.deepEqual(kinds(noStaleRun([run])), ['stale run: c']);
  assert.deepEqual(kinds(noRunTwice([run, { ...run, id: 'd' }, run])), ['run twice: c']);
});

test('invariants: a long list of violations is told in a few lines [TST-15]', () => {
  const lost = nothingLost(items('a=1 b=2 c=3 d=4'), []);
  const told = describeViolations([...lost, ...nothingDoubled(items('x=1 x=1'))]);
  assert.equal(told, '4 lost: a; b; c; …\n1 doubled: x: 2 times');
  assert.equal(describeViolations([]), '');
});
