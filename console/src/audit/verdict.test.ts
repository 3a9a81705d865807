import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditedNode, AuditView, StoreAudit } from '../api/views.ts';
import { imbalancesOf } from './imbalances.ts';
import { auditVerdict, journalVerdict, ledgerImbalance } from './verdict.ts';

const store: StoreAudit = {
  node: 'edge-1',
  epoch: 'aaaaaaaaaaaa',
  held: [[0, 1_300]],
  broken: [],
  records: 1_300,
  readings: 1_234,
  stored: 1_234,
  lost: 0,
  doubled: 0,
  altered: 0,
  duplicates: 0,
  expired: 0,
  local: 0,
  headHash: '00',
  closings: { judged: 0, imbalances: [] },
  rows: [],
};
const edge = { head: 1_300, headHash: '00', pending: 0 };
const node: AuditedNode = { node: 'edge-1', epoch: store.epoch, online: true, edge, store, findings: [] };
const audit: AuditView = {
  balanced: true,
  complete: true,
  lost: 0,
  doubled: 0,
  altered: 0,
  pending: 0,
  expired: 0,
  at: 1,
  nodes: [node],
};

test('console: a balanced audit says 0 lost and 0 doubled, and of how many readings [CON-8]', () => {
  const verdict = auditVerdict(audit);
  assert.equal(verdict.tone, 'ok');
  assert.equal(verdict.figures, '0 lost · 0 doubled');
  assert.match(verdict.text, /1\u202f234 readings/);
});

test('console: an audit that found something is never shown as good [CON-8]', () => {
  const verdict = auditVerdict({ ...audit, balanced: false, lost: 2, altered: 1 });
  assert.equal(verdict.tone, 'bad');
  assert.equal(verdict.figures, '2 lost · 0 doubled · 1 altered');
  for (const wrong of [{ lost: 1 }, { doubled: 1 }, { altered: 1 }, { broken: [{ offset: 7, why: 'hash' }] }]) {
    assert.equal(journalVerdict({ ...node, store: { ...store, ...wrong } }, audit).tone, 'bad');
  }
  assert.equal(
    journalVerdict({ ...node, findings: [{ code: 'HEAD_DIFFERS', message: 'heads differ' }] }, audit).tone,
    'bad',
  );
});

test('console: an audit without an answer of every node names who is missing [CON-8]', () => {
  const silent: AuditedNode = { ...node, node: 'edge-2', edge: null };
  const incomplete = { ...audit, complete: false, nodes: [node, silent] };
  const verdict = auditVerdict(incomplete);
  assert.equal(verdict.tone, 'warn');
  assert.match(verdict.text, /^edge-2 did not answer/);
  assert.equal(journalVerdict(silent, incomplete).tone, 'warn');
  const leftBehind: AuditedNode = { ...node, epoch: 'bbbbbbbbbbbb', edge: null };
  assert.equal(journalVerdict(leftBehind, { ...audit, nodes: [node, leftBehind] }).tone, 'ok');
});

test('console: what is still on its way is said and is no loss [CON-8]', () => {
  const verdict = auditVerdict({ ...audit, pending: 34 });
  assert.equal(verdict.tone, 'ok');
  assert.match(verdict.text, /34 records at the edge are still on the way/);
});

test('console: a ledger row whose sums do not hold is said to be so [CON-8]', () => {
  const kept = { folded: 0, withheld: 0, expired: 0 };
  const row = {
    source: 'pump-7',
    received: 10,
    refused: 1,
    duplicates: 1,
    quarantined: 1,
    journaled: 7,
    stored: 7,
    ...kept,
  };
  assert.equal(ledgerImbalance(row), undefined);
  assert.equal(ledgerImbalance({ ...row, stored: 9 }), undefined, 'a reading may be stored before its row is closed');
  assert.match(ledgerImbalance({ ...row, received: 11 })!, /received 11, accounted for 10/);
});

test('console: an interval that does not balance is named with its source, whichever side has found it [LED-9]', () => {
  const one = { source: 'pump-7', from: 0, to: 60_000, offsets: { from: 0, to: 9 }, why: 'journaled 9, but raw 8' };
  const later = { ...one, source: '', to: 120_000 };
  const found = imbalancesOf([
    {
      ...node,
      edge: { ...edge, closings: { judged: 2, imbalances: [one] } },
      store: { ...store, closings: { judged: 2, imbalances: [later] } },
    },
  ]);
  assert.deepEqual(
    found.map(({ node: of, side, source, to }) => [of, side, source, to]),
    [
      ['edge-1', 'store', '', 120_000],
      ['edge-1', 'node', 'pump-7', 60_000],
    ],
  );
  assert.deepEqual(imbalancesOf([node]), []);
});
