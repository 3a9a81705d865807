import assert from 'node:assert/strict';
import { test } from 'node:test';
import { world } from '@selvedge/testkit';
import type { ChildFailure, ChildName } from './engines/supervisor/supervisor.ts';
import { supervisor } from './supervisor.ts';

interface Spawned {
  readonly name: ChildName;
  readonly signals: string[];
  ready(facts?: unknown): void;
  exit(failure?: ChildFailure): void;
}

/** A supervisor of processes that a test plays, in simulated time. */
function stage() {
  const time = world(1);
  const spawned: Spawned[] = [];
  const one = supervisor((name, heard) => {
    const signals: string[] = [];
    const exit = (failure: ChildFailure = { message: 'it broke' }): void => heard.exited(failure);
    spawned.push({ name, signals, ready: (facts = {}) => heard.ready(facts), exit });
    return { pid: spawned.length, signal: (signal) => void signals.push(signal) };
  }, time.clock);
  const news: string[] = [];
  one.onNews((name, told) => void news.push(`${name} ${told}`));
  const pass = (milliseconds: number): Promise<void> => time.run(time.timeline.now + milliseconds);
  return { one, spawned, news, pass };
}

test('supervisor: start settles when the child is ready, and rejects with its own failure [CLI-22]', async () => {
  const { one, spawned } = stage();
  const good = one.start('cloud');
  spawned[0]!.ready({ signInUrl: 'x' });
  await good;
  assert.deepEqual(one.facts('cloud'), { signInUrl: 'x' });
  assert.equal(one.children().cloud.pid, 1);
  const bad = one.start('edge');
  const failure = { code: 'EDGE_PORT_TAKEN', message: 'port 1883 is taken', hint: 'choose another' };
  spawned[1]!.exit(failure);
  await assert.rejects(bad, (cause) => {
    assert.deepEqual(cause, failure);
    return true;
  });
});

test('supervisor: a crashed child comes back by itself after its wait [CLI-21]', async () => {
  const { one, spawned, news, pass } = stage();
  const started = one.start('edge');
  spawned[0]!.ready();
  await started;
  spawned[0]!.exit();
  await pass(400);
  assert.equal(spawned.length, 1);
  await pass(200);
  assert.equal(spawned.length, 2);
  spawned[1]!.ready();
  assert.equal(one.children().edge.phase, 'running');
  assert.deepEqual(news, ['edge ready', 'edge crashed', 'edge recovered']);
});

test('supervisor: close ends all in order, kills what does not listen, and settles when nothing is left [CLI-20]', async () => {
  const { one, spawned, pass } = stage();
  for (const name of ['cloud', 'edge', 'demo'] as const) {
    const started = one.start(name);
    spawned.at(-1)!.ready();
    await started;
  }
  const [cloud, edge, demo] = spawned as [Spawned, Spawned, Spawned];
  let closed = false;
  const closing = one.close().then(() => (closed = true));
  assert.deepEqual([demo.signals, edge.signals, cloud.signals], [['SIGTERM'], [], []]);
  demo.exit();
  assert.deepEqual([edge.signals, cloud.signals], [['SIGTERM'], []]);
  await pass(8_100);
  assert.deepEqual(edge.signals, ['SIGTERM', 'SIGKILL']);
  edge.exit();
  assert.deepEqual(cloud.signals, ['SIGTERM']);
  assert.equal(closed, false);
  cloud.exit();
  await closing;
  await pass(60_000);
  assert.equal(spawned.length, 3);
});

test('supervisor: kill settles a close that waits [CLI-35]', async () => {
  const { one, spawned } = stage();
  for (const name of ['cloud', 'edge'] as const) {
    const started = one.start(name);
    spawned.at(-1)!.ready();
    await started;
  }
  const closing = one.close();
  one.kill();
  assert.deepEqual(
    spawned.map(({ signals }) => signals),
    [['SIGKILL'], ['SIGTERM', 'SIGKILL']],
  );
  for (const child of spawned) child.exit();
  await closing;
});

test('supervisor: a child that is asked to start while it stops starts when it is gone [CLI-25]', async () => {
  const { one, spawned } = stage();
  const started = one.start('cloud');
  spawned[0]!.ready();
  await started;
  const stopping = one.stop('cloud');
  const again = one.start('cloud');
  spawned[0]!.exit();
  await stopping;
  await new Promise((resolve) => setImmediate(resolve));
  spawned[1]!.ready();
  await again;
  assert.equal(one.children().cloud.phase, 'running');
});
