import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { askControl, controlPath, serveControl } from './control.ts';

const scratch = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-control-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
};

const at = (data: string) => ({ data, socket: controlPath(data) });

test('control: a request is answered with what came of it, or with the fault [CLI-25]', async () => {
  await using place = await scratch();
  const control = await serveControl(place.dir, async (request) => {
    if (request.ask === 'status') return { running: 3 };
    throw Object.assign(new Error(`cannot ${request.ask} ${request.name}`), { code: 'SOME_CODE', hint: 'wait' });
  });
  assert.deepEqual(await askControl(at(place.dir), { ask: 'status' }), { ok: true, answer: { running: 3 } });
  assert.deepEqual(await askControl(at(place.dir), { ask: 'stop', name: 'edge' }), {
    ok: false,
    code: 'SOME_CODE',
    message: 'cannot stop edge',
    hint: 'wait',
  });
  await control.close();
  await assert.rejects(askControl(at(place.dir), { ask: 'status' }), (cause) => isFault(cause, 'UP_UNREACHABLE'));
});

test('control: a second `up` on the same folder is refused; what a killed one left behind is not in the way [CLI-23]', async () => {
  await using place = await scratch();
  const first = await serveControl(place.dir, async () => 1);
  await assert.rejects(
    serveControl(place.dir, async () => 2),
    (cause) => isFault(cause, 'UP_RUNNING'),
  );
  await first.close();
  await mkdir(join(place.dir, 'run'), { recursive: true });
  const leave = `require('node:net').createServer().listen(${JSON.stringify(controlPath(place.dir))}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', leave]), 'exit');
  const third = await serveControl(place.dir, async () => 3);
  assert.deepEqual(await askControl(at(place.dir), { ask: 'status' }), { ok: true, answer: 3 });
  await third.close();
});

test('control: a folder whose path is too long for a socket has one elsewhere [CLI-23]', () => {
  const long = `/${'x'.repeat(200)}`;
  assert.ok(controlPath(long).length <= 107);
  assert.notEqual(controlPath(long), controlPath(`${long}y`));
  assert.equal(controlPath('/data'), '/data/run/up.sock');
});
