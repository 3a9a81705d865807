import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ChildFailure } from '../../engines/supervisor/supervisor.ts';
import { failureOf, forkChild, rotateLog } from './children.ts';

const script = fileURLToPath(new URL('../../../test/child.mjs', import.meta.url));

/** Starts the test's process, and gives what it says as promises. */
async function born(what: string) {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-child-'));
  const logFile = join(dir, 'child.log');
  const ready = Promise.withResolvers<unknown>();
  const exited = Promise.withResolvers<ChildFailure>();
  const env = { ...process.env, WORD: 'hello' };
  const child = forkChild({ script, args: [what], env, logFile }, { ready: ready.resolve, exited: exited.resolve });
  return {
    child,
    ready: ready.promise,
    exited: exited.promise,
    logFile,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
}

test('child: it says when it is ready, with what it knows, and ends by SIGTERM [CLI-20]', async () => {
  await using one = await born('ready');
  assert.deepEqual(await one.ready, { ready: true, said: 'hello' });
  one.child.signal('SIGTERM');
  assert.match((await one.exited).message, /SIGTERM/);
});

test('child: the fault that it tells is why it ended; else the two lines it printed; else how it ended [CLI-22]', async () => {
  await using told = await born('fail');
  assert.deepEqual(await told.exited, { code: 'SOME_CODE', message: 'it cannot', hint: 'do this' });
  await using printed = await born('crash');
  assert.deepEqual(await printed.exited, { message: 'the disk is gone', hint: 'another disk' });
  assert.deepEqual(failureOf('nothing of use', 3, null), { message: 'it ended with exit code 3' });
});

test('child: what it prints is kept in its log, and the log before it is put aside', async () => {
  await using one = await born('crash');
  await one.exited;
  assert.match(await readFile(one.logFile, 'utf8'), /the disk is gone/);
  await rotateLog(one.logFile);
  assert.match(await readFile(`${one.logFile}.old`, 'utf8'), /the disk is gone/);
  await rotateLog(one.logFile);
});

test('child: one that does not listen to SIGTERM ends by SIGKILL [CLI-20]', async () => {
  await using one = await born('deaf');
  await one.ready;
  one.child.signal('SIGTERM');
  one.child.signal('SIGKILL');
  assert.match((await one.exited).message, /SIGKILL/);
});
