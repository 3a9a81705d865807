import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '@selvedge/protocol';
import { acknowledgeAlert, clearAlert, foldAlert } from './fold-alert.ts';

const occurrence = (offset: number, about: Partial<Alert> = {}): Alert => ({
  id: `0123456789ab-${offset}-hot`,
  device: 'pump-7',
  rule: 'hot',
  type: 'threshold',
  severity: 'minor',
  metric: 'temperature',
  value: 81 + offset,
  message: `temperature ${81 + offset}`,
  raisedAt: 1_000 * offset,
  data: { temperature: 81 + offset },
  ...about,
});

test('alerts: occurrences are folded into one alert, which keeps its id, the worst severity and the newest value [CLD-22]', () => {
  const first = foldAlert(undefined, occurrence(1), 'edge-1');
  assert.deepEqual([first.id, first.state, first.count], ['0123456789ab-1-hot', 'active', 1]);
  const worse = foldAlert(first, occurrence(3, { severity: 'critical', score: 0.9 }), 'edge-1');
  const milder = foldAlert(worse, occurrence(2), 'edge-1');
  assert.deepEqual(
    [milder.id, milder.count, milder.severity, milder.value, milder.score, milder.raisedAt, milder.lastAt],
    ['0123456789ab-1-hot', 3, 'critical', 84, 0.9, 1_000, 3_000],
  );
});

test('alerts: acknowledging keeps folding, clearing ends it, and the next occurrence raises a new one [CLD-22]', () => {
  const raised = foldAlert(undefined, occurrence(1), 'edge-1');
  const seen = acknowledgeAlert(raised, 'ann', 5_000);
  assert.deepEqual([seen.state, seen.acknowledgedBy, seen.acknowledgedAt], ['acknowledged', 'ann', 5_000]);
  assert.equal(foldAlert(seen, occurrence(6), 'edge-1').state, 'acknowledged');
  const cleared = clearAlert(seen, 7_000);
  assert.deepEqual([cleared.state, cleared.clearedAt], ['cleared', 7_000]);
  const next = foldAlert(cleared, occurrence(8), 'edge-1');
  assert.deepEqual([next.id, next.state, next.count], ['0123456789ab-8-hot', 'active', 1]);
});

test('alerts: doing it again changes nothing [CLD-24]', () => {
  const seen = acknowledgeAlert(foldAlert(undefined, occurrence(1), 'edge-1'), 'ann', 5_000);
  assert.equal(acknowledgeAlert(seen, 'bob', 6_000), seen);
  const cleared = clearAlert(seen, 7_000);
  assert.equal(clearAlert(cleared, 8_000), cleared);
  assert.equal(acknowledgeAlert(cleared, 'bob', 9_000), cleared);
});
