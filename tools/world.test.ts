import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { findCommand, freePort, Missing, needs, watch } from './world.ts';

const node = (code: string) => watch(spawn(process.execPath, ['-e', code]));

test('world: what cannot be had skips the test with the reason, any other failure fails it [WLD-1]', async () => {
  const skipped: (string | undefined)[] = [];
  const t = { skip: (reason?: string) => void skipped.push(reason) };
  assert.equal(await needs(t, async () => 5), 5);
  const got = await needs(t, () => Promise.reject(new Missing('no mosquitto here.', 'apt-get install mosquitto')));
  assert.equal(got, undefined);
  assert.deepEqual(skipped, ['no mosquitto here. Try: apt-get install mosquitto']);
  await assert.rejects(
    needs(t, () => Promise.reject(new Error('broken'))),
    /broken/,
  );
});

test('world: a handle ends its own process, also one that does not want to, and may be asked twice [WLD-2]', async () => {
  const willing = node("console.log('up'); setInterval(() => undefined, 1_000);");
  await willing.saw('up');
  assert.equal((await willing.stop()).signal, 'SIGTERM');
  assert.equal((await willing.stop()).stdout, 'up\n');

  const stubborn = node(
    "process.on('SIGTERM', () => undefined); console.log('up'); setInterval(() => undefined, 1_000);",
  );
  await stubborn.saw('up');
  assert.equal((await stubborn.stop(50)).signal, 'SIGKILL');
});

test('world: waiting for words ends when the process does, and shows what it said instead [WLD-2]', async () => {
  await assert.rejects(node("console.error('no room')").saw('ready'), /without saying "ready":\nno room/);
  const nowhere = watch(spawn('/nowhere/at/all'));
  await assert.rejects(nowhere.saw('ready'));
  await assert.rejects(nowhere.ended, { code: 'ENOENT' });
});

test('world: commands are found in the path and in the folders of servers [WLD-3]', () => {
  assert.match(findCommand('sh') ?? '', /\/sh$/);
  assert.equal(findCommand('no-such-command-anywhere'), undefined);
});

test('world: a free port is one that a server gets [WLD-3]', async () => {
  const server = node(
    `require('net').createServer().listen(${await freePort()}, '127.0.0.1', () => console.log('up'))`,
  );
  await server.saw('up');
  await server.stop();
});
