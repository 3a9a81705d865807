import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from './clock.ts';
import { defineFaults } from './fault.ts';
import { describeFailure, jsonLog, type LogLevel, logLevels, logTo, silentLog } from './log.ts';

const clock: Clock = {
  wall: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  ticks: () => 0,
  soon: () => undefined,
  sleep: async () => undefined,
};

function heard(level: LogLevel): readonly string[] {
  const lines: string[] = [];
  const log = logTo((at, event) => void lines.push(`${at} ${event}`), level);
  for (const at of logLevels) log[at]('part.happened');
  return lines.map((line) => line.split(' ')[0]!);
}

test('log: lines at or above the level are heard, in the order error, warn, info, debug [KER-12]', () => {
  assert.deepEqual(heard('error'), ['error']);
  assert.deepEqual(heard('info'), ['error', 'warn', 'info']);
  assert.deepEqual(heard('debug'), ['error', 'warn', 'info', 'debug']);
});

test('log: a silent log hears nothing [KER-12]', () => {
  assert.doesNotThrow(() => silentLog.error('part.happened', { count: 1 }));
});

function line(fields: Readonly<Record<string, unknown>>): string {
  let text = '';
  jsonLog((one) => (text += one), clock).info('journal.trimmed', fields);
  return text;
}

test('log: a line is one JSON object: time, level, event, then the fields [KER-13]', () => {
  assert.equal(
    line({ count: 120 }),
    '{"time":"2026-01-02T03:04:05.006Z","level":"info","event":"journal.trimmed","count":120}\n',
  );
});

test('log: a field cannot take the place of time, level or event [KER-13]', () => {
  assert.equal(line({ event: 'x', level: 'x', time: 'x' }), line({}));
});

test('log: values that JSON refuses or empties are printed all the same [KER-13]', () => {
  assert.deepEqual(JSON.parse(line({ offset: 2n ** 60n, cause: new Error('ENOSPC') })).offset, '1152921504606846976');
  assert.equal(JSON.parse(line({ cause: new Error('ENOSPC') })).cause, 'ENOSPC');
  assert.equal(line({ text: 'a\nb' }).split('\n').length, 2);
});

test('log: a failure is described by its code, message, hint and numbers; none of these hides another [KER-14]', () => {
  const faults = defineFaults({ DISK_FAILED: { retry: 'later', hint: 'Look at the disk.' } });
  const fault = faults('DISK_FAILED', 'write failed', { code: 'EIO', used: 5 });
  assert.deepEqual(describeFailure(fault), {
    code: 'DISK_FAILED',
    message: 'write failed',
    hint: 'Look at the disk.',
    used: 5,
  });
  assert.deepEqual(describeFailure(new TypeError('no')), { message: 'no' });
  assert.deepEqual(describeFailure('text'), { message: 'text' });
});
