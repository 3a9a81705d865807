import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopSignals } from './stop-signals.ts';

test('cli: the first signal stops, a later Ctrl-C ends at once, the echo of the first one does not [CLI-35]', () => {
  let now = 1_000;
  const signals = stopSignals(() => now);
  signals.heard('SIGINT');
  assert.match((signals.stop.reason as Error).message, /SIGINT/);
  now = 1_020;
  signals.heard('SIGINT');
  assert.equal(signals.urgent.aborted, false);
  now = 2_000;
  signals.heard('SIGTERM');
  assert.equal(signals.urgent.aborted, false);
  signals.heard('SIGINT');
  assert.equal(signals.urgent.aborted, true);
});
