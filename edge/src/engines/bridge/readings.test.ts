import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson, defaultTopicMaps, emptyDraft } from '@selvedge/protocol';
import { crossesAsReading, isReadingTopic, readingMessage, rulesBySource } from './readings.ts';
import { type BridgeRule, ruleDefaults } from './rule.ts';

const isReading = isReadingTopic(defaultTopicMaps);
const rule = (direction: BridgeRule['direction'], filter: string, more: Partial<BridgeRule> = {}): BridgeRule => ({
  ...ruleDefaults,
  direction,
  filter,
  ...more,
});
const filters = (rules: readonly BridgeRule[]): readonly string[] => rules.map(({ filter }) => filter);
const split = (...rules: readonly BridgeRule[]) => {
  const { journaled, messages, circling } = rulesBySource(rules, rules, isReading);
  return [filters(journaled), filters(messages), filters(circling)];
};

test('bridge readings: rules that cover topics of readings have them from the journal, and the rest as messages [BRG-20]', () => {
  const [data, all, mine] = [rule('out', 'sensors/+/data'), rule('out', 'sensors/#'), rule('out', 'mine/#')];
  assert.deepEqual(split(data, mine), [['sensors/+/data'], ['mine/#'], []]);
  assert.deepEqual(split(all, rule('in', 'orders/#')), [['sensors/#'], ['sensors/#', 'orders/#'], []]);
  const crosses = crossesAsReading([all], isReading);
  assert.deepEqual(['sensors/a/data', 'sensors/a/senml', 'sensors/a', 'other/a/data'].map(crosses), [
    true,
    false,
    false,
    false,
  ]);
  const asked = rule('out', 'sensors/#', { readings: 'messages' });
  assert.deepEqual(split(asked), [[], ['sensors/#'], []]);
});

test('bridge readings: where some bridge brings readings under the same topics they cross as messages, which bear their way [BRG-23]', () => {
  assert.deepEqual(split(rule('both', 'sensors/#')), [[], ['sensors/#'], ['sensors/#']]);
  const [a, b] = [rule('out', 'sensors/a/data'), rule('in', 'sensors/b/data')];
  assert.deepEqual(split(a, b), [['sensors/a/data'], ['sensors/b/data'], []], 'these do not meet');
  const elsewhere = rule('in', '#', { remotePrefix: 'there/', localPrefix: 'mirror/' });
  assert.deepEqual(split(rule('out', '#'), elsewhere), [['#'], ['#', '#'], []]);
});

test('bridge readings: where this node does not read a topic as readings, its messages cross as they are [BRG-20]', () => {
  const other = isReadingTopic([{ filter: 'x/+', device: '$1', decoder: 'json' }]);
  const rules = [rule('out', 'sensors/+/data')];
  const { journaled, messages } = rulesBySource(rules, [], other);
  assert.deepEqual([filters(journaled), filters(messages)], [['sensors/+/data'], ['sensors/+/data']]);
  assert.equal(crossesAsReading(journaled, other)('sensors/a/data'), false);
});

test('bridge readings: a reading crosses as devices send it, with its name and the time it was taken [BRG-21]', () => {
  const reading = { device: 'pump-7', takenAt: 1_700_000_000_123, receivedAt: 1, quality: 0, boot: 3, seq: 9 };
  const values = { 'battery.level': 0.5, on: true, state: 'läuft' };
  const { topic, payload, qos, retain } = readingMessage({ ...reading, values });
  assert.deepEqual([topic, qos, retain], ['sensors/pump-7/data', 1, false]);
  const draft = emptyDraft();
  assert.equal(decodeJson(draft, payload as Buffer, 0, payload.length), undefined);
  assert.deepEqual([draft.takenAt, draft.boot, draft.seq], [1_700_000_000_123, 3, 9]);
  const read = draft.names.slice(0, draft.count).map((name, index) => [name, draft.values[index]]);
  assert.deepEqual(Object.fromEntries(read), values);
});
