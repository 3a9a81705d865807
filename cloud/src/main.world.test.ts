import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@selvedge/kernel/system';
import { scratchFolder } from './machine.fixture.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** The cloud as a process, with what it wrote. */
function launched(args: readonly string[], options: { ipc?: boolean; env?: Record<string, string> } = {}) {
  const stdio = options.ipc ? (['ignore', 'pipe', 'pipe', 'ipc'] as const) : (['ignore', 'pipe', 'pipe'] as const);
  const env = { ...process.env, ...options.env };
  const child: ChildProcess = spawn(process.execPath, [main, ...args], { stdio: [...stdio], env });
  const out = { stdout: '', stderr: '' };
  child.stdout?.on('data', (part) => {
    out.stdout += part;
  });
  child.stderr?.on('data', (part) => {
    out.stderr += part;
  });
  return { child, out, exit: once(child, 'close') as Promise<[number | null, string | null]> };
}

test('process: under a supervisor it says when it is ready, and ends within two seconds of SIGTERM with 0 [API-26]', async () => {
  await using folder = await scratchFolder();
  const { child, out, exit } = launched(['--data', folder.dir, '--api.port=0', '--link.port', '0'], { ipc: true });
  const [message] = (await once(child, 'message')) as [Record<string, unknown>];
  assert.equal(message['ready'], true);
  assert.equal((await fetch(`${String(message['api'])}/healthz`)).status, 200);
  assert.match(String(message['signInUrl']), /\/signin\?code=/);
  const session = await fetch(`${String(message['api'])}/v1/session`, {
    headers: { authorization: `Bearer ${String(message['operatorToken'])}` },
  });
  assert.deepEqual(await session.json(), { operator: 'operator' });
  const stoppedAt = systemClock.ticks();
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  assert.ok(systemClock.ticks() - stoppedAt < 2_000);
  assert.equal(out.stdout, '');
  for (const line of out.stderr.trim().split('\n')) assert.ok((JSON.parse(line) as { event: string }).event, line);
  assert.ok(!out.stderr.includes(String(message['operatorToken'])), 'no token in the log');
});

test('process: by itself it prints a short table, and SIGINT ends it [API-26]', async () => {
  await using folder = await scratchFolder();
  const { child, out, exit } = launched([], {
    env: { SELVEDGE_CLOUD_DATA: folder.dir, SELVEDGE_CLOUD_API_PORT: '0', SELVEDGE_CLOUD_LINK_PORT: '0' },
  });
  while (!out.stdout.includes('Sign in once')) await once(child.stdout!, 'data');
  assert.match(out.stdout, /^API and console +http:\/\/127\.0\.0\.1:\d+$/m);
  child.kill('SIGINT');
  assert.deepEqual(await exit, [0, null]);
});

test('process: wrong settings are all named in one go and end it with 2; a fault ends it with 1 [API-26]', async () => {
  await using folder = await scratchFolder();
  const wrong = launched(['--api.port', '99999', '--nothing', 'x', '--data', folder.dir]);
  assert.deepEqual(await wrong.exit, [2, null]);
  assert.match(wrong.out.stderr, /^Error: 2 settings cannot be used:\n.*api\.port.*\n.*nothing.*\nTry: /);
  assert.deepEqual(await launched(['api.port', '1']).exit, [2, null]);
  const faulty = launched(['--data', `${main}/not-a-folder`, '--api.port', '0', '--link.port', '0']);
  assert.deepEqual(await faulty.exit, [1, null]);
  assert.match(faulty.out.stderr, /^Error: .*\nTry: .*\n$/m);
});

test('process: --help is the manual page of every setting [API-26]', async () => {
  const { exit, out } = launched(['--help']);
  assert.deepEqual(await exit, [0, null]);
  for (const name of ['data', 'api.port', 'SELVEDGE_CLOUD_LINK_PORT', 'enrolment.life'])
    assert.ok(out.stdout.includes(name), name);
});
