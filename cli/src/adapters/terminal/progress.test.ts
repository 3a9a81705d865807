import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progress } from './progress.ts';

const output = (isTerminal: boolean) => {
  const written: string[] = [];
  return {
    isTerminal,
    columns: 80,
    write: (text: string) => void written.push(text),
    complain: () => undefined,
    written,
  };
};

test('progress: where nobody watches, each step is one plain line when it ends [CLI-27]', () => {
  const out = output(false);
  let now = 0;
  const display = progress(out, () => now);
  const cloud = display.step('cloud');
  const edge = display.step('edge');
  now = 1_500;
  cloud.done('http://127.0.0.1:8000');
  now = 2_000;
  edge.failed('did not start');
  edge.done('too late');
  display.end();
  assert.deepEqual(out.written, ['✓ cloud    http://127.0.0.1:8000 (1.5 s)\n', '✗ edge     did not start (2.0 s)\n']);
});

test('progress: in a terminal the same lines are drawn again, and the last picture stays [CLI-27]', () => {
  const out = output(true);
  let now = 0;
  const display = progress(out, () => now);
  const cloud = display.step('cloud');
  display.step('edge', 'enrols');
  now = 900;
  cloud.done('ready');
  display.end();
  const last = out.written.at(-1)!;
  assert.match(last, /✓ cloud {4}ready \(0\.9 s\)\n.*edge {5}enrols … 0\.9 s\n$/);
});
