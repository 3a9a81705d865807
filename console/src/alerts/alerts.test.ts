import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertState, AlertView } from '../api/views.ts';
import { foldAlert } from '../feed/fold.ts';
import { alertDesk } from './alert-desk.ts';
import { joinAlerts, withHeld } from './held-changes.ts';

function alert(id: string, state: AlertState, lastAt = 1_000): AlertView {
  const times = { raisedAt: 1_000, lastAt, acknowledgedAt: null, acknowledgedBy: null, clearedAt: null };
  const rule = {
    rule: 'hot',
    type: 'threshold',
    severity: 'major' as const,
    metric: 'temperature',
    value: 91,
    score: null,
  };
  return { id, node: 'edge-1', device: 'pump-7', ...rule, message: 'too hot', state, count: 1, ...times, data: {} };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('console: an acknowledgement is seen at once and leaves when it can no longer be undone [CON-6]', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const desk = alertDesk({
    holdMs: 5_000,
    send: async (id, to) => void sent.push(`${id} ${to}`),
    failed: () => undefined,
  });
  desk.change(alert('a', 'active'), 'acknowledged');
  assert.equal(withHeld([alert('a', 'active')], desk.held())[0]?.state, 'acknowledged');
  t.mock.timers.tick(4_999);
  assert.deepEqual(sent, []);
  t.mock.timers.tick(1);
  assert.deepEqual(sent, ['a acknowledged']);
  await settled();
  assert.equal(desk.held().size, 0);
});

test('console: an undone change never reaches the cloud [CON-6]', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const desk = alertDesk({ holdMs: 5_000, send: async (id) => void sent.push(id), failed: () => undefined });
  desk.change(alert('a', 'active'), 'cleared');
  desk.undo('a');
  t.mock.timers.tick(60_000);
  desk.flush();
  assert.deepEqual(sent, []);
  assert.equal(desk.held().size, 0);
});

test('console: a change that the cloud refuses is taken back and said [CON-6]', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const failures: string[] = [];
  const desk = alertDesk({
    holdMs: 10,
    send: () => Promise.reject(new Error('no')),
    failed: (id, to, cause) => void failures.push(`${id} ${to} ${(cause as Error).message}`),
  });
  desk.change(alert('a', 'active'), 'acknowledged');
  t.mock.timers.tick(10);
  await settled();
  assert.deepEqual(failures, ['a acknowledged no']);
  assert.equal(withHeld([alert('a', 'active')], desk.held())[0]?.state, 'active');
});

test('console: closing the page sends what is held, once [CON-6]', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const send = async (id: string, to: string, isLast: boolean) => void sent.push(`${id} ${to} ${isLast}`);
  const desk = alertDesk({ holdMs: 5_000, send, failed: () => undefined });
  desk.change(alert('a', 'active'), 'acknowledged');
  desk.change(alert('a', 'active'), 'cleared');
  desk.change(alert('a', 'active'), 'acknowledged');
  desk.flush();
  t.mock.timers.tick(60_000);
  assert.deepEqual(sent, ['a cleared true']);
});

test('console: news of an alert do not turn a held change back [CON-6]', () => {
  const held = new Map([['a', { to: 'acknowledged' as const, until: 0 }]]);
  assert.equal(withHeld([{ ...alert('a', 'active'), count: 9 }], held)[0]?.state, 'acknowledged');
  assert.equal(withHeld([alert('a', 'cleared')], held)[0]?.state, 'cleared');
});

test('console: an alert stands in one list only, that of its latest state [CON-6]', () => {
  const isActive = (one: AlertView) => one.state === 'active';
  const list = [alert('a', 'active', 2_000), alert('b', 'active', 1_000)];
  assert.deepEqual(
    foldAlert(list, alert('a', 'acknowledged'), isActive).map(({ id }) => id),
    ['b'],
  );
  assert.deepEqual(
    foldAlert(list, alert('b', 'active', 3_000), isActive).map(({ id }) => id),
    ['b', 'a'],
  );
  assert.equal(foldAlert(list, alert('c', 'cleared'), isActive), list);
  const joined = joinAlerts([list, [alert('a', 'cleared', 2_000)]]);
  assert.deepEqual(
    joined.map(({ id, state }) => `${id} ${state}`),
    ['a cleared', 'b active'],
  );
});
