import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EdgeAudit } from '@selvedge/protocol';
import type { Audit } from '../../engines/proof/run-audit.ts';
import { settled } from '../../manual-clock.fixture.ts';
import { node, type ScriptedApi, scriptedApi, storeAudit } from './api.fixture.ts';

let scripted: ScriptedApi;
test.beforeEach(async () => {
  scripted = await scriptedApi();
});
test.afterEach(() => scripted.api.close());

const edge: EdgeAudit = {
  epoch: node.epoch,
  head: { offset: 10, hash: 'aa' },
  base: { offset: 0, hash: 'bb' },
  checked: { records: 10, batches: 1 },
  broken: [],
  pending: 0,
  expired: 0,
  journaledReadings: 10,
  ledger: [],
  gaps: [],
};

const audit = async () => (await scripted.api.inject({ url: '/v1/audit', headers: scripted.bearer })).json<Audit>();

test('audit: it is complete when every node answered, and balanced when nothing was found [API-14]', async () => {
  scripted.world.answers.set('n1', edge);
  const { nodes, at: _, ...sums } = await audit();
  assert.deepEqual(sums, {
    balanced: true,
    complete: true,
    lost: 0,
    doubled: 0,
    altered: 0,
    pending: 0,
    expired: 0,
    pruned: 0,
  });
  const [one] = nodes;
  assert.deepEqual([one?.node, one?.epoch, one?.online, one?.findings], ['n1', node.epoch, true, []]);
  assert.deepEqual(one?.store, storeAudit);
  assert.deepEqual([one?.edge?.head, one?.edge?.headHash, one?.edge?.checkedRecords], [10, 'aa', 10]);
});

test('audit: without a node it is balanced on our side and not complete [API-14]', async () => {
  const { complete, balanced, nodes } = await audit();
  assert.deepEqual([complete, balanced, nodes[0]?.edge, nodes[0]?.online], [false, true, null, false]);
});

test('audit: a node that fails to answer, or answers nonsense, counts as not answering [API-16]', async () => {
  for (const answer of [new Error('timed out'), 'nonsense', { failed: { message: 'disk' } }]) {
    scripted.world.answers.set('n1', answer);
    const { complete, nodes } = await audit();
    assert.deepEqual([complete, nodes[0]?.edge, nodes[0]?.online], [false, null, true]);
  }
  const events = scripted.lines.map((line) => line.event).filter((event) => event.startsWith('audit.'));
  assert.deepEqual(events, ['audit.answer_missing', 'audit.answer_unreadable', 'audit.answer_unreadable']);
});

test('audit: what either side lacks is found and counted [API-14] [API-15]', async () => {
  scripted.world.answers.set('n1', { ...edge, journaledReadings: 13 });
  scripted.store.auditor.store = async () => ({ ...storeAudit, doubled: 2 });
  const { balanced, lost, doubled, nodes } = await audit();
  assert.deepEqual([balanced, lost, doubled], [false, 3, 2]);
  assert.deepEqual(
    nodes[0]?.findings.map((one) => one.code),
    ['READINGS_DOUBLED', 'READINGS_MISSING'],
  );
});

test('audit: the hash at the end of the journal is compared with what the store has there [API-14] [API-15]', async () => {
  scripted.world.answers.set('n1', { ...edge, head: { offset: 10, hash: '0707' } });
  scripted.store.log.marks = async (_node, _epoch, [from, to]) =>
    from === 9 && to === 10 ? [{ firstOffset: 5, count: 5, hash: Uint8Array.of(7, 8) }] : [];
  const { nodes } = await audit();
  assert.deepEqual(
    nodes[0]?.findings.map((one) => one.code),
    ['HEAD_DIFFERS'],
  );
});

test('audit: journals that their node left behind are audited too, and need no answer [API-14]', async () => {
  scripted.world.answers.set('n1', edge);
  const before = 'ffffffffffff';
  scripted.store.auditor.journals = async () => [
    { node: 'n1', epoch: before },
    { node: 'n1', epoch: node.epoch },
  ];
  const { complete, nodes } = await audit();
  assert.equal(complete, true);
  assert.deepEqual(
    nodes.map((one) => [one.epoch, one.edge !== null]),
    [
      [before, false],
      [node.epoch, true],
    ],
  );
});

test('audit: those who ask while one runs share it [API-17]', async () => {
  scripted.world.answers.set('n1', edge);
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  scripted.store.auditor.store = async () => {
    runs += 1;
    await gate.promise;
    return storeAudit;
  };
  const both = Promise.all([audit(), audit()]);
  await settled();
  gate.resolve();
  const [one, other] = await both;
  assert.deepEqual(one, other);
  assert.equal(runs, 1);
  await audit();
  assert.equal(runs, 2);
});
