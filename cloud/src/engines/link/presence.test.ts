import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogFields, logTo } from '@selvedge/kernel';
import type { NodeReport } from '@selvedge/protocol';
import { manualClock, settled } from '../../manual-clock.fixture.ts';
import { presence } from './presence.ts';

const report = (readingsTotal: number) => ({ readingsTotal }) as NodeReport;

/** A registry that takes its time with every change, and fails when it is told to. */
function slowRegistry() {
  const told: string[] = [];
  const lines: { event: string; fields: LogFields }[] = [];
  const state = { gate: Promise.withResolvers<void>(), fails: false as boolean };
  const change = async (line: string): Promise<void> => {
    await state.gate.promise;
    if (state.fails) throw new Error('disk full');
    told.push(line);
  };
  const one = presence(
    {
      nodes: async () => [],
      nodeSeen: (node, epoch) => change(`seen ${node} ${epoch}`),
      nodeOnline: (node, online) => change(`${online ? 'online' : 'offline'} ${node}`),
      nodeReported: (node, { readingsTotal }) => change(`report ${node} ${readingsTotal}`),
    },
    { clock: manualClock(), log: logTo((_level, event, fields) => void lines.push({ event, fields }), 'debug') },
  );
  return { one, told, lines, state };
}

test('presence: coming and going is told in the order it happened, however slow the registry is [LNK-21]', async () => {
  const { one, told, state } = slowRegistry();
  one.came('n1', 'e1');
  one.left('n1');
  one.came('n1', 'e1');
  await settled();
  assert.deepEqual(told, []);
  state.gate.resolve();
  await one.told();
  assert.deepEqual(told, ['seen n1 e1', 'online n1', 'offline n1', 'seen n1 e1', 'online n1']);
});

test('presence: of the reports that wait only the latest of each node is told [LNK-18]', async () => {
  const { one, told, state } = slowRegistry();
  for (let i = 0; i < 1_000; i++) {
    one.reported('n1', report(i));
    one.reported('n2', report(-i));
  }
  state.gate.resolve();
  await one.told();
  assert.deepEqual(told, ['report n1 999', 'report n2 -999']);
  one.reported('n1', report(1_000));
  await one.told();
  assert.equal(told.at(-1), 'report n1 1000');
});

test('presence: a registry that fails is said to have failed, and told the next change [LNK-21]', async () => {
  const { one, told, lines, state } = slowRegistry();
  state.gate.resolve();
  state.fails = true;
  one.came('n1', 'e1');
  await one.told();
  state.fails = false;
  one.left('n1');
  await one.told();
  assert.deepEqual(told, ['offline n1']);
  assert.deepEqual(
    lines.map((line) => [line.event, line.fields['message']]),
    [['link.presence_failed', 'disk full']],
  );
});
