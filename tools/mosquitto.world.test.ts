import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { ensureDebian, findChromium, findCommand, freePort, needs, startMosquitto, watch } from './world.ts';

const client = (name: string, ...args: readonly string[]) => watch(spawn(findCommand(name)!, args));

test('world: mosquitto starts on a port of loopback, serves its clients, and is gone after stop [WLD-4]', async (t) => {
  const server = await needs(t, async () => {
    await ensureDebian(['mosquitto', 'mosquitto-clients']);
    return startMosquitto();
  });
  if (!server) return;
  await using _ = server;
  const at = ['-h', '127.0.0.1', '-p', String(server.port), '-t', 'a/b', '-q', '1'];
  const published = await client('mosquitto_pub', ...at, '-r', '-m', 'hello').ended;
  assert.equal(published.code, 0, published.stderr);
  assert.equal((await client('mosquitto_sub', ...at, '-C', '1', '-W', '10').ended).stdout, 'hello\n');
  await server.stop();
  assert.throws(() => process.kill(server.pid, 0), { code: 'ESRCH' });
});

test('world: a mosquitto that cannot start says why [WLD-4]', async (t) => {
  const first = await needs(t, () => startMosquitto());
  if (!first) return;
  await using _ = first;
  await assert.rejects(startMosquitto({ port: await freePort(), config: 'no_such_option 1' }), /no_such_option/);
});

test('world: Chromium is found, or installed [WLD-5]', async (t) => {
  const path = await needs(t, findChromium);
  if (path === undefined) return;
  const { stdout } = await watch(spawn(path, ['--version'])).ended;
  assert.match(stdout, /Chrom/);
});
