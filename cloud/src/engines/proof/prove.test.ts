import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EdgeAudit, Interval } from '@selvedge/protocol';
import type { StoreAudit } from '../../ports.ts';
import { type Evidence, findingCodes, prove } from './prove.ts';

const sides = { folded: 0, withheld: 0, expired: 0 };
const row = { source: 'pump-7', received: 100, refused: 2, duplicates: 3, quarantined: 5, journaled: 90 };
const edge: EdgeAudit = {
  epoch: '0123456789ab',
  head: { offset: 100, hash: 'aa' },
  base: { offset: 20, hash: 'bb' },
  checked: { records: 80, batches: 8 },
  broken: [],
  pending: 0,
  expired: 0,
  journaledReadings: 90,
  ledger: [row],
  gaps: [],
};
const store: StoreAudit = {
  node: 'n1',
  epoch: '0123456789ab',
  held: [[0, 100]],
  broken: [],
  records: 100,
  readings: 90,
  stored: 90,
  lost: 0,
  doubled: 0,
  altered: 0,
  duplicates: 0,
  expired: 0,
  pruned: { logTo: 0, telemetryTo: 0, records: 0, readings: 0, aside: 0, at: 0, why: [] },
  local: 0,
  closings: { judged: 0, imbalances: [] },
  headHash: 'aa',
  rows: [{ ...row, ...sides, stored: 90 }],
};
const balanced: Evidence = { edge, store, acknowledged: [[0, 100]], hashAtHead: 'aa', hashAtBase: 'bb' };
const codes = (evidence: Evidence): readonly string[] => prove(evidence).findings.map((finding) => finding.code);
const held = (...all: Interval[]) => ({ acknowledged: all, store: { ...store, held: all } });

test('proof: two sides that agree balance [API-15]', () => {
  const sums = { lost: 0, doubled: 0, altered: 0, pending: 0, expired: 0 };
  assert.deepEqual(prove(balanced), { findings: [], ...sums });
  assert.deepEqual(prove({ ...balanced, edge: undefined }), { findings: [], ...sums });
});

test('proof: what is pending at the node is not missing, and one offset more is [API-15]', () => {
  const pending = (count: number): Evidence => ({
    ...balanced,
    edge: { ...edge, pending: count },
    ...held([0, 60], [80, 90]),
    hashAtHead: undefined,
    store: {
      ...store,
      held: [
        [0, 60],
        [80, 90],
      ],
      readings: 60,
    },
  });
  assert.deepEqual(codes(pending(30)), []);
  const proof = prove(pending(29));
  assert.deepEqual(
    proof.findings.map((finding) => finding.code),
    ['OFFSETS_MISSING', 'READINGS_MISSING'],
  );
  assert.equal(proof.lost, 1);
  assert.match(proof.findings[0]!.message, /1 offsets below 100/);
});

test('proof: what came to the store after the node had spoken is no fault [API-15]', () => {
  assert.deepEqual(codes({ ...balanced, ...held([0, 140]), store: { ...store, held: [[0, 140]], readings: 130 } }), []);
});

test('proof: what the node journaled while it was reading is no fault [API-15]', () => {
  const grown: Evidence = { ...balanced, edge: { ...edge, head: { offset: 170, hash: 'cc' } }, hashAtHead: undefined };
  assert.deepEqual(codes(grown), []);
});

test('proof: what expired is accounted for by its gaps, and unnamed expiry is found [API-15]', () => {
  const whole: EdgeAudit = { ...edge, base: { offset: 0, hash: 'bb' }, checked: { records: 100, batches: 10 } };
  const gap = { lane: 'high', from: 30, to: 60, count: 12, reason: 'bytes' as const, at: 1 };
  const expired: Evidence = {
    ...balanced,
    edge: { ...whole, expired: 12, gaps: [gap] },
    acknowledged: [
      [0, 40],
      [52, 100],
    ],
    store: {
      ...store,
      held: [
        [0, 40],
        [52, 100],
      ],
      readings: 78,
    },
  };
  assert.deepEqual(codes(expired), []);
  assert.equal(prove(expired).expired, 12);
  assert.deepEqual(codes({ ...expired, edge: { ...whole, expired: 12, gaps: [{ ...gap, count: 11 }] } }), [
    'EXPIRY_UNNAMED',
    'OFFSETS_MISSING',
  ]);
  // A gap elsewhere explains nothing here.
  const elsewhere = { ...gap, from: 60, to: 90 };
  assert.ok(codes({ ...expired, edge: { ...whole, expired: 12, gaps: [elsewhere] } }).includes('OFFSETS_MISSING'));
});

test('proof: what expired so long ago that its gap has left the journal is still accounted for by its count [API-15]', () => {
  const old: Evidence = {
    ...balanced,
    edge: { ...edge, expired: 7 },
    acknowledged: [[7, 100]],
    store: { ...store, held: [[7, 100]], readings: 83 },
  };
  assert.deepEqual(codes(old), []);
  assert.deepEqual(codes({ ...old, edge: { ...edge, expired: 6 } }), ['OFFSETS_MISSING', 'READINGS_MISSING']);
});

test('proof: another history at the same offset is found at both ends [API-15]', () => {
  assert.deepEqual(codes({ ...balanced, hashAtHead: 'ff' }), ['HEAD_DIFFERS']);
  assert.deepEqual(codes({ ...balanced, hashAtBase: 'ff' }), ['BASE_DIFFERS']);
  assert.deepEqual(codes({ ...balanced, edge: { ...edge, epoch: 'ffffffffffff' } }), ['EPOCH_DIFFERS']);
});

test('proof: each fault that a side found itself is named, with what it counted [API-15]', () => {
  const broken = [{ offset: 7, why: 'the hash does not hold' }];
  assert.deepEqual(codes({ ...balanced, store: { ...store, broken } }), ['STORE_BROKEN']);
  assert.deepEqual(codes({ ...balanced, edge: { ...edge, broken } }), ['EDGE_BROKEN']);
  const proof = prove({ ...balanced, store: { ...store, lost: 1, doubled: 2, altered: 3 } });
  assert.deepEqual(
    proof.findings.map((finding) => finding.code),
    ['READINGS_LOST', 'READINGS_DOUBLED', 'READINGS_ALTERED'],
  );
  assert.deepEqual([proof.lost, proof.doubled, proof.altered], [1, 2, 3]);
});

test('proof: batches set aside are acknowledged and not stored, and that is said [API-15]', () => {
  const proof = prove({
    ...balanced,
    store: {
      ...store,
      held: [
        [0, 40],
        [45, 100],
      ],
    },
  });
  assert.deepEqual(
    proof.findings.map(({ code, message }) => [code, message]),
    [['BATCHES_SET_ASIDE', '5 offsets acknowledged and set aside because they could not be used']],
  );
});

test('proof: a ledger row that does not add up is named on either side [API-15]', () => {
  const wrong = { ...row, received: 101 };
  assert.deepEqual(codes({ ...balanced, edge: { ...edge, ledger: [wrong] } }), ['LEDGER_UNBALANCED']);
  const proof = prove({ ...balanced, store: { ...store, rows: [{ ...wrong, ...sides, stored: 90 }] } });
  assert.match(proof.findings[0]!.message, /pump-7: received 101, but refused 2/);
});

test('proof: readings that the node journaled and the store does not have are missing [API-15]', () => {
  const proof = prove({ ...balanced, store: { ...store, readings: 88 } });
  assert.deepEqual([proof.findings[0]?.code, proof.lost], ['READINGS_MISSING', 2]);
});

test('proof: books that do not balance are named on either side, with source and interval [LED-6]', () => {
  const one = { source: 'pump-7', from: 0, to: 60_000, offsets: { from: 5, to: 90 }, why: 'journaled 9, but raw 8' };
  const closings = { judged: 3, imbalances: [one] };
  const proof = prove({ ...balanced, edge: { ...edge, closings } });
  assert.deepEqual(
    proof.findings.map(({ code }) => code),
    ['BOOKS_UNBALANCED'],
  );
  const at =
    'of pump-7 from 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:00.000Z (offsets 5 to 89): journaled 9, but raw 8';
  assert.equal(proof.findings[0]!.message, `at the node, ${at}`);
  const stored = prove({
    ...balanced,
    store: { ...store, closings: { judged: 3, imbalances: [{ ...one, source: '' }] } },
  });
  assert.match(stored.findings[0]!.message, /^in the store, of all sources together from/);
});

test('proof: every code of a finding has its case in this file [API-15]', async () => {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(new URL(import.meta.url), 'utf8');
  for (const code of findingCodes) assert.ok(text.includes(`'${code}'`), code);
});
