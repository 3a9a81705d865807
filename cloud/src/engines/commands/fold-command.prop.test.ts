import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Command,
  type CommandChange,
  type CommandState,
  commandStates,
  isFinal,
  mayFollow,
} from '@selvedge/protocol';
import fc from 'fast-check';
import {
  type CommandRecord,
  changeArrived,
  commandTaken,
  intentArrived,
  presumeExpired,
  queueCommand,
} from './fold-command.ts';

const seed = 5;
const command: Command = {
  id: 'c1',
  device: 'pump-7',
  name: 'shutdown',
  arguments: { soft: true },
  issuedAt: 1_000,
  expiresAt: 61_000,
  origin: 'operator',
  reason: 'test',
};
const change = (state: CommandState, at: number): CommandChange => ({ id: 'c1', device: 'pump-7', state, at });

type Step = (record: CommandRecord) => CommandRecord;
const anyStep: fc.Arbitrary<{ readonly name: string; readonly step: Step; readonly isEdge: boolean }> = fc.oneof(
  fc.tuple(fc.constantFrom(...commandStates), fc.nat(100_000)).map(([state, at]) => ({
    name: state,
    step: (record: CommandRecord) => changeArrived(record, change(state, at), 'edge-1'),
    isEdge: true,
  })),
  fc
    .nat(100_000)
    .map((at) => ({ name: 'taken', step: (record: CommandRecord) => commandTaken(record, at), isEdge: true })),
  fc.nat(100_000).map((at) => ({
    name: 'intent',
    step: (record: CommandRecord) => intentArrived(record, command, 'edge-1', at),
    isEdge: true,
  })),
  fc
    .nat(100_000)
    .map((now) => ({ name: 'expire', step: (record: CommandRecord) => presumeExpired(record, now), isEdge: false })),
);

test('commands: a state only goes forward, unless the edge corrects an expiry that the cloud assumed [CLD-25, CLD-26]', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 15 }), (steps) => {
      let record = queueCommand(command, 'edge-1');
      for (const { step, isEdge, name } of steps) {
        const next = step(record);
        if (next.state !== record.state) {
          const isCorrection = record.presumed && isEdge;
          assert.ok(isCorrection || mayFollow(record.state, next.state), `${record.state} → ${next.state} by ${name}`);
        }
        assert.equal(next.endedAt !== null, isFinal(next.state));
        assert.ok(!next.presumed || next.state === 'expired');
        record = next;
      }
    }),
    { seed, numRuns: 500 },
  );
});

test('commands: the last word of the edge stands, in whatever order its words come [CLD-25]', () => {
  const words: readonly Step[] = [
    (record) => intentArrived(record, command, 'edge-1', 2_000),
    (record) => changeArrived(record, change('delivered', 3_000), 'edge-1'),
    (record) => changeArrived(record, { ...change('done', 4_000), result: { ok: 1 } }, 'edge-1'),
    (record) => presumeExpired(record, 70_000),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray([...words.keys()], { minLength: 4 }), (order) => {
      const end = order.reduce((record, word) => words[word]!(record), queueCommand(command, 'edge-1'));
      assert.deepEqual([end.state, end.endedAt, end.result], ['done', 4_000, { ok: 1 }]);
    }),
    { seed },
  );
});

test('commands: a change that comes before its command waits for it and is not shown until then [CLD-25]', () => {
  const early = changeArrived(undefined, change('delivered', 3_000), 'edge-1');
  assert.equal(early.known, false);
  const whole = intentArrived(early, command, 'edge-1', 2_000);
  assert.deepEqual([whole.known, whole.state, whole.name, whole.deliveredAt], [true, 'delivered', 'shutdown', 3_000]);
});

test('commands: only what is overdue and not delivered is taken for expired [CLD-26]', () => {
  const queued = queueCommand(command, 'edge-1');
  assert.equal(presumeExpired(queued, 60_999), queued);
  assert.equal(presumeExpired(queued, 61_000).state, 'expired');
  const delivered = changeArrived(queued, change('delivered', 3_000), 'edge-1');
  assert.equal(presumeExpired(delivered, 99_000), delivered);
});
