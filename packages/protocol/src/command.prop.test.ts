import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Alert, alertMessage } from './alert.ts';
import { type Command, commandMessage, commandStates, decodeCommandAnswer, isFinal, mayFollow } from './command.ts';

const answer = (text: string): unknown => {
  const result = decodeCommandAnswer(text);
  return result.ok ? result.value : result.why;
};

test('command: its state only goes forward, and out of a final one nowhere [PRO-50]', () => {
  const allowed = commandStates.flatMap((from) =>
    commandStates.filter((to) => mayFollow(from, to)).map((to) => `${from} ${to}`),
  );
  const ends = ['done', 'failed', 'expired'];
  const after = (from: string, ...next: string[]): string[] => [...next, ...ends].map((to) => `${from} ${to}`);
  assert.deepEqual(allowed, [
    ...after('queued', 'sent', 'delivered'),
    ...after('sent', 'delivered'),
    ...after('delivered'),
  ]);
  assert.deepEqual(commandStates.filter(isFinal), ends);
});

test('command: an answer is read with or without id, status and result [PRO-51]', () => {
  assert.deepEqual(answer('{"id":"c1","status":"done","result":{"rpm":0}}'), {
    id: 'c1',
    state: 'done',
    result: { rpm: 0 },
  });
  assert.deepEqual(answer('{"status":"failed"}'), { state: 'failed', result: null });
  assert.deepEqual(answer('{"id":"c1","rpm":0}'), { id: 'c1', state: 'done', result: { rpm: 0 } });
  assert.deepEqual(answer(''), { state: 'done', result: null });
  assert.deepEqual(answer(' \n'), { state: 'done', result: null });
  assert.deepEqual(answer('"ok"'), { state: 'done', result: 'ok' });
  assert.deepEqual(answer('[1,2]'), { state: 'done', result: [1, 2] });
});

test('command: what is no answer gives a why [PRO-51]', () => {
  assert.match(String(answer('stopped')), /not JSON/);
  assert.match(String(answer('{"id":7}')), /not text/);
  assert.match(String(answer('{"status":"perhaps"}')), /"perhaps" is neither/);
  assert.match(String(answer(`"${'x'.repeat(4_096)}"`)), /4098 characters/);
});

test('command: no answer makes the decoder throw, or changes an object [PRO-51]', () => {
  const quiet = (text: string): void => assert.equal(typeof decodeCommandAnswer(text).ok, 'boolean');
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), quiet), { seed: 51, numRuns: 1_000 });
  answer('{"__proto__":{"polluted":1}}');
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('command and alert: they leave in the terms of the tools of the field [PRO-52]', () => {
  const command: Command = {
    id: 'c1',
    device: 'pump-7',
    name: 'shutdown',
    arguments: { after: 5 },
    issuedAt: 1,
    expiresAt: 2,
    origin: 'operator',
    reason: 'too hot',
  };
  const sent = { id: 'c1', device_id: 'pump-7', command: 'shutdown', arguments: { after: 5 }, reason: 'too hot' };
  assert.deepEqual(commandMessage(command), { ...sent, timestamp: 1, expires_at: 2 });

  const wrong = { id: 'e-0-hot', device: 'pump-7', rule: 'hot', type: 'threshold', severity: 'major' } as const;
  const alert: Alert = { ...wrong, metric: 't', value: 91.5, message: 'm', raisedAt: 3, data: { t: 91.5 } };
  const told = { id: 'e-0-hot', device_id: 'pump-7', alert_type: 'threshold', rule: 'hot', severity: 'major' };
  const message = { ...told, anomaly_score: null, message: 'm', data: { t: 91.5 }, timestamp: 3 };
  assert.deepEqual(alertMessage(alert), message);
  assert.equal(alertMessage({ ...alert, score: 0.9 })['anomaly_score'], 0.9);
});
