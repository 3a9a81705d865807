import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findRunning, writeRunning } from './running.ts';

const scratch = async () => {
  const root = await mkdtemp(join(tmpdir(), 'selvedge-running-'));
  return { root, dir: join(root, '.selvedge', 'running'), [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
};

test('running: an entry is for its owner alone, is found by its port, and goes at the end [CLI-33]', async () => {
  await using place = await scratch();
  const entry = { data: '/data', pid: process.pid, socket: '/data/run/up.sock' };
  const remove = await writeRunning(place.root, 22_000, entry);
  assert.deepEqual(findRunning(place.root, 22_000), { ...entry, alive: true });
  assert.equal(findRunning(place.root, 8_000), undefined);
  assert.deepEqual(await readdir(place.dir), ['22000.json']);
  assert.equal((await stat(join(place.dir, '22000.json'))).mode & 0o777, 0o600);
  await remove();
  await remove();
  assert.deepEqual(await readdir(place.dir), []);
});

test('running: an entry whose process is gone says so; another that took the port keeps its own [CLI-34]', async () => {
  await using place = await scratch();
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const entry = { data: '/data', pid: child.pid!, socket: '/s' };
  const remove = await writeRunning(place.root, 22_000, entry);
  assert.deepEqual(findRunning(place.root, 22_000), { ...entry, alive: false });
  await writeRunning(place.root, 22_000, { ...entry, pid: process.pid });
  await remove();
  assert.equal(findRunning(place.root, 22_000)?.pid, process.pid);
});

test('running: what is no entry is none [CLI-33]', async () => {
  await using place = await scratch();
  await writeRunning(place.root, 1, { data: '/data', pid: process.pid, socket: '/s' });
  for (const text of ['', '[]', 'null', '{"data":"/data","pid":0,"socket":"/s"}', '{"data":1,"pid":2,"socket":"/s"}']) {
    await writeFile(join(place.dir, '1.json'), text);
    assert.equal(findRunning(place.root, 1), undefined, text);
  }
});
