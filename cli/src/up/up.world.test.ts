import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureDebian, needs, type Watched, watch } from '../../../tools/world.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const story = fileURLToPath(new URL('../../../examples/mosquitto/story.sh', import.meta.url));
const offsets = [0, 443, 883, 884, 885, 80];

/** A base whose ports are all free now. */
async function freeBase(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const base = 20_000 + Math.floor(Math.random() * 20_000);
    if ((await Promise.all(offsets.map((offset) => isFree(base + offset)))).every(Boolean)) return base;
  }
  throw new Error('no free ports');
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A folder, ports, and the command line for both. */
async function stage() {
  const data = await mkdtemp(join(tmpdir(), 'selvedge-up-'));
  const base = await freeBase();
  const entry = fileURLToPath(new URL(`../../../.selvedge/running/${base}.json`, import.meta.url));
  const { SELVEDGE_TOKEN: _, ...env } = process.env;
  const run = (...words: readonly string[]): Watched =>
    watch(spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], { env, stdio: 'pipe' }));
  const at = ['--data', data, '--port-base', String(base)];
  const ask = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await run(...words, ...at).ended;
    return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
  };
  return {
    data,
    base,
    ask,
    /** Asks with nothing but the port. */
    control: (...words: readonly string[]) => run(...words, '--port-base', String(base)).ended,
    async up(...words: readonly string[]): Promise<Watched> {
      const one = run('up', ...at, ...words);
      await one.saw('Ctrl-C stops everything');
      return one;
    },
    upOnce: (...words: readonly string[]) => run('up', ...at, ...words).ended,
    async api(path: string): Promise<unknown> {
      const token = (await readFile(join(data, 'cloud', 'operator.token'), 'utf8')).trim();
      const answer = await fetch(`http://127.0.0.1:${base}${path}`, { headers: { authorization: `Bearer ${token}` } });
      return answer.json();
    },
    async readings(id: string): Promise<unknown> {
      const { code, json } = await ask('device', 'show', id, '--json');
      return code === 0 ? json()['readings_total'] : undefined;
    },
    async [Symbol.asyncDispose]() {
      await rm(data, { recursive: true, force: true });
      // An `up` that a test killed leaves its entry behind.
      await rm(entry, { force: true });
    },
  };
}

/** Waits until it holds, at most `seconds`. */
async function until(seconds: number, holds: () => Promise<boolean>): Promise<void> {
  for (const latest = performance.now() + seconds * 1_000; performance.now() < latest; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.fail(`not within ${seconds} s: ${holds.toString()}`);
}

async function interrupt(up: Watched): Promise<void> {
  const begun = performance.now();
  up.process.kill('SIGINT');
  const { code, stderr } = await up.ended;
  assert.equal(code, 0, stderr);
  assert.ok(performance.now() - begun < 10_000, 'it took more than 10 s to stop');
}

const storyAt = (port: number) => watch(spawn('sh', [story, String(port)])).ended;

test('up: the main job with clients that nobody here wrote, also without the cloud, and over restarts [CLI-20, CLI-23, CLI-25, CLI-27, CLI-33]', async (t) => {
  const clients = await needs(t, async () => {
    await ensureDebian(['mosquitto-clients']);
    return true;
  });
  if (!clients) return;
  await using set = await stage();
  let up = await set.up('--no-demo', '--no-console');
  try {
    const first = await storyAt(set.base + 883);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /"alert_type":"threshold"/);
    assert.match(first.stdout, /"command":"shutdown"/);
    await until(15, async () => (await set.readings('pump-7')) === 2);
    const { alerts } = (await set.ask('alert', 'list', '--device', 'pump-7', '--json')).json() as {
      alerts: { rule: string }[];
    };
    assert.ok(alerts.some(({ rule }) => rule === 'temperature-high'));
    await until(15, async () => {
      const { commands } = (await set.api('/v1/commands?device=pump-7')) as {
        commands: { state: string; result: unknown }[];
      };
      return commands.some(({ state, result }) => state === 'done' && JSON.stringify(result) === '{"valve":"closed"}');
    });

    assert.equal((await set.control('stop', 'cloud')).code, 0);
    assert.match((await set.control('stop', 'cloud')).stdout, /already/);
    assert.equal((await set.ask('audit')).code, 3);
    // The rule that orders `shutdown` rests for two seconds after each order.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const second = await storyAt(set.base + 883);
    assert.equal(second.code, 0, second.stdout + second.stderr);
    assert.match(second.stdout, /"alert_type":"threshold"/);
    assert.match(second.stdout, /"command":"shutdown"/);
    assert.equal((await set.control('start', 'cloud')).code, 0);
    await until(40, async () => (await set.readings('pump-7')) === 4);
    const audit = await set.ask('audit', '--json');
    assert.equal(audit.code, 0, audit.stdout);
    assert.deepEqual(Object.entries(audit.json()).slice(0, 3), [
      ['balanced', true],
      ['lost', 0],
      ['doubled', 0],
    ]);
    assert.match((await set.control('device', 'list')).stdout, /pump-7/);
    const doctor = await set.control('doctor');
    assert.equal(doctor.code, 0, doctor.stdout);

    const twice = await set.upOnce('--no-demo', '--no-console');
    assert.equal(twice.code, 4);
    assert.match(twice.stderr, /^Error: .*\nTry: .*\n$/);
    await interrupt(up);
    assert.match((await set.control('stop', 'all')).stderr, /^Error: no `selvedge up` .*\nTry: .*\n$/);

    up = await set.up('--no-demo', '--no-console');
    assert.equal(await set.readings('pump-7'), 4);
  } finally {
    await up.stop(15_000);
  }
});

test('up: a killed edge comes back by itself; when `up` is killed, nothing is left running [CLI-21, CLI-26]', async () => {
  await using set = await stage();
  const up = await set.up('--no-demo', '--no-console');
  const pids = async (): Promise<number[]> => {
    const { stdout } = await watch(spawn('ps', ['-o', 'pid=', '--ppid', String(up.process.pid)])).ended;
    return stdout
      .trim()
      .split(/\s+/)
      .map(Number)
      .filter((pid) => pid > 0 && isAlive(pid));
  };
  const before = await pids();
  assert.equal(before.length, 2);
  process.kill(before[1]!, 'SIGKILL');
  await up.saw('runs again');
  const after = await pids();
  assert.equal(after.length, 2);
  up.process.kill('SIGKILL');
  await up.ended;
  await until(10, async () => !after.some(isAlive));
});

test('up: a second Ctrl-C ends at once, and nothing is left running [CLI-35]', async () => {
  await using set = await stage();
  const up = await set.up('--no-demo', '--no-console');
  // It cannot hear that it should end, so without the second Ctrl-C this would take 8 s.
  const { stdout } = await watch(spawn('ps', ['-o', 'pid=', '--ppid', String(up.process.pid)])).ended;
  const children = stdout.trim().split(/\s+/).map(Number).filter(isAlive);
  for (const pid of children) process.kill(pid, 'SIGSTOP');
  up.process.kill('SIGINT');
  await up.saw('Ctrl-C again ends at once');
  await new Promise((resolve) => setTimeout(resolve, 600));
  const begun = performance.now();
  up.process.kill('SIGINT');
  const { code } = await up.ended;
  assert.equal(code, 0);
  assert.ok(performance.now() - begun < 5_000);
  assert.equal(children.length, 2);
  assert.ok(!children.some(isAlive));
});

test('up: a taken port is told in two lines, and everything else has ended [CLI-3, CLI-22, CLI-24]', async () => {
  await using set = await stage();
  const holder = createServer().listen(set.base + 883, '127.0.0.1');
  try {
    const { code, stderr } = await set.upOnce('--no-demo', '--no-console');
    assert.equal(code, 1);
    assert.match(stderr, /^Error: .*\nTry: .*\n$/);
    for (const part of [
      String(set.base + 883),
      '--port-base',
      'SELVEDGE_EDGE_MQTT_PORT',
      `ss -ltnp 'sport = :${set.base + 883}'`,
    ])
      assert.ok(stderr.includes(part), stderr);
    assert.ok(await isFree(set.base));
  } finally {
    holder.close();
  }
});

test('up: the demo shows an alert and an obeyed command within a minute, and a cut with 0 lost, 0 doubled [CLI-28, CLI-30, CLI-32]', async () => {
  await using set = await stage();
  const up = await set.up('--no-console');
  try {
    await until(60, async () => {
      const { commands } = (await set.api('/v1/commands?device=machine-1')) as {
        commands: { name: string; state: string }[];
      };
      return commands.some(({ name, state }) => name === 'shutdown' && state === 'done');
    });
    const { total, devices } = (await set.ask('device', 'list', '--json')).json() as {
      total: number;
      devices: { type: string }[];
    };
    assert.equal(total, 20);
    assert.deepEqual(new Set(devices.map((one) => one.type)), new Set(['machine', 'junction', 'field']));
    assert.notEqual((await set.ask('alert', 'list', '--device', 'machine-1')).stdout, 'No alerts.\n');
    await Promise.race([up.saw('0 lost, 0 doubled'), new Promise((_, reject) => setTimeout(reject, 120_000).unref())]);
    await interrupt(up);
  } finally {
    await up.stop(15_000);
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
