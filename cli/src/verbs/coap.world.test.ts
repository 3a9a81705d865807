import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureDebian, findCommand, needs, watch } from '../../../tools/world.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

async function say(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await watch(spawn(findCommand('coap-client-openssl')!, ['-B', '5', ...args])).ended;
  return (stdout + stderr).trim();
}

/** `selvedge coap` in a process of its own, once it says where. */
async function coap(...words: readonly string[]) {
  const args = ['--disable-warning=ExperimentalWarning', main, 'coap', ...words];
  const one = watch(spawn(process.execPath, args, { stdio: 'pipe' }));
  await one.saw('\n');
  return one;
}

test('coap: it runs alone; what it acknowledged is there after kill -9, and a taken port is told in two lines [EDG-118]', async (t) => {
  if (!(await needs(t, () => ensureDebian(['libcoap3-bin']).then(() => true)))) return;
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-coap-'));
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const at = ['--port', String(port), '--data', join(dir, 'data')];
  const url = `coap://127.0.0.1:${port}/sensors/pump-7`;
  try {
    const { code, stderr } = await (await coap(...at)).ended;
    assert.equal(code, 1);
    assert.match(stderr, /^Error: .*\nTry: .*\n$/);
    assert.ok(stderr.includes(String(port)));
    socket.close();
    const first = await coap(...at);
    assert.equal(await say('-m', 'post', '-t', 'json', '-e', '{"temperature":20.5}', url), '');
    first.process.kill('SIGKILL');
    await first.ended;
    const second = await coap(...at, '--json');
    let answer = await say(url);
    // Until it has read the end of its journal.
    while (answer.startsWith('5.03')) answer = await say(url);
    const ended = await second.stop();
    assert.match(answer, /"temperature":20\.5/);
    assert.deepEqual([ended.code, ended.stdout], [0, `${JSON.stringify({ host: '127.0.0.1', port })}\n`]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
