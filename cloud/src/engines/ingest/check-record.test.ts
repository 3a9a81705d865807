import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRecord, encodeRecord, type JsonRecord, type RecordBodies } from '@selvedge/protocol';
import { checkRecord } from './check-record.ts';

const good: { readonly [Kind in keyof RecordBodies]: RecordBodies[Kind] } = {
  alert: {
    id: 'a',
    device: 'd',
    rule: 'r',
    type: 't',
    severity: 'info',
    metric: 'm',
    value: 1,
    message: 'x',
    raisedAt: 1,
    data: {},
  },
  command: { id: 'c', device: 'd', name: 'n', arguments: {}, issuedAt: 1, expiresAt: 2, origin: 'o', reason: '' },
  commandState: { id: 'c', device: 'd', state: 'done', at: 1 },
  status: { device: 'd', online: true, at: 1 },
  statistics: {
    device: 'd',
    windowFrom: 1,
    windowTo: 2,
    metrics: [{ metric: 'm', count: 1, mean: 1, min: 1, max: 1, deviation: 0 }],
  },
  quarantine: { source: 's', topic: 't', receivedAt: 1, reason: 'r', why: 'w', payload: '', payloadBytes: 0 },
  ledger: {
    from: 1,
    to: 2,
    rows: [{ source: 's', received: 1, refused: 0, duplicates: 0, quarantined: 0, journaled: 1 }],
  },
  fold: {
    from: 1,
    to: 2,
    offsets: { from: 0, to: 9 },
    derivedBefore: 9,
    rows: [
      {
        source: 's',
        reason: 'folded',
        policy: 'p',
        count: 3,
        aggregate: {
          from: 1,
          to: 2,
          count: 3,
          metrics: [{ metric: 'm', count: 3, min: 1, max: 2, mean: 1.5, deviation: 0.5, first: 1, last: 2 }],
        },
        open: 0,
      },
    ],
  },
  time: { from: 0, to: 5, by: -1_000, at: 1 },
  configuration: { version: 1, digest: '0123456789abcdef', phase: 'confirmed', at: 1 },
  twin: {
    device: 'd',
    owner: { node: 'n', term: 0 },
    fields: {
      'desired.a': {
        seen: { cloud: 1 },
        writes: [{ replica: 'cloud', n: 1, stamp: { wall: 1, counter: 0 }, value: 1, by: 'b' }],
      },
    },
    at: 1,
    events: [],
  },
  gap: { lane: 'low', from: 0, to: 5, count: 5, reason: 'age', at: 1 },
};

const kinds = Object.keys(good) as (keyof RecordBodies)[];
const check = (kind: keyof RecordBodies, body: unknown) => checkRecord({ kind, body } as JsonRecord);

test('records: what the protocol writes passes', () => {
  for (const kind of kinds) {
    const record = decodeRecord(encodeRecord(kind, good[kind]));
    assert.ok(record.ok);
    assert.deepEqual(checkRecord(record.value), record);
  }
  assert.ok(check('alert', { ...good.alert, score: 0.5 }).ok);
});

test('records: a member that is missing or of another kind is named [CLD-9]', () => {
  for (const kind of kinds) {
    for (const member of Object.keys(good[kind])) {
      const lacking = Object.fromEntries(Object.entries(good[kind]).filter(([name]) => name !== member));
      const verdict = check(kind, lacking);
      assert.ok(!verdict.ok && verdict.why.startsWith(`${member} of a ${kind} record`), `${kind}.${member}`);
      assert.equal(check(kind, { ...good[kind], [member]: [null] }).ok, false, `${kind}.${member} as a list`);
    }
    for (const body of [null, [], 'text', 7]) assert.equal(check(kind, body).ok, false);
  }
});

test('records: numbers that are none, devices that cannot be, and states nobody knows do not pass [CLD-9]', () => {
  assert.equal(check('alert', { ...good.alert, value: Number.NaN }).ok, false);
  assert.equal(check('status', { ...good.status, device: 'a/b' }).ok, false);
  assert.equal(check('commandState', { ...good.commandState, state: 'lost' }).ok, false);
  assert.equal(check('gap', { ...good.gap, count: -1 }).ok, false);
  assert.equal(check('ledger', { ...good.ledger, rows: [{ source: 's' }] }).ok, false);
});
