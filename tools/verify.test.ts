import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Step } from './verify.ts';
import { watch } from './world/watch.ts';

const verifying = (...steps: readonly Step[]) => {
  const call = `process.exitCode = await verify(${JSON.stringify(steps)}, ${JSON.stringify(import.meta.dirname)});`;
  const code = `import { verify } from ${JSON.stringify(join(import.meta.dirname, 'verify.ts'))};${call}`;
  return watch(spawn(process.execPath, ['--input-type=module', '-e', code])).ended;
};

const good: Step = { name: 'good', command: ['-e', "console.log('chatter')"], advice: 'nothing' };
const bad: Step = { name: 'bad', command: ['-e', "console.log('what is wrong'); process.exit(3)"], advice: 'mend it' };

test('verify: every step runs and tells its seconds, though one before it failed [RUN-10]', async () => {
  const { code, stdout } = await verifying(bad, good);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^FAIL bad \(\d+\.\d s\)\nwhat is wrong\nError: bad ended with 3\.\nTry: mend it\nok {3}good \(\d+\.\d s\)\nNot verified: bad\n$/,
  );
});

test('verify: when all is well it says so, and nothing else [RUN-10]', async () => {
  const { code, stdout } = await verifying(good, { ...good, name: 'loud', loud: true });
  assert.equal(code, 0);
  assert.match(stdout, /^ok {3}good \(.*\)\nchatter\nok {3}loud \(.*\)\nVerified\n$/);
});
