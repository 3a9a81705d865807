import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bench, bench } from '../test/bench.ts';
import type { CommandHandler, Device } from './index.ts';

interface Obedient extends Bench {
  readonly one: Device;
  readonly ran: string[];
}

async function obedient(handlers: Readonly<Record<string, CommandHandler>> = {}, set = bench()): Promise<Obedient> {
  const ran: string[] = [];
  const one = set.boot();
  for (const [name, handler] of Object.entries(handlers)) {
    one.onCommand(name, (command, signal) => {
      ran.push(command.id);
      return handler(command, signal);
    });
  }
  const ready = one.connect().then(() => one.online());
  await set.pass(1_000);
  await ready;
  return { one, ran, ...set };
}

test('device: what a handler returns is the result, what it throws makes the command failed [DEV-15]', async () => {
  const { edge, pass } = await obedient({
    start: ({ arguments: given, reason }) => ({ given, reason }),
    shutdown: async () => undefined,
    jump: () => {
      throw new Error('it has no legs');
    },
    '*': ({ name }) => `any ${name}`,
  });
  edge.send({ id: 'c1', command: 'start', arguments: { speed: 3 }, reason: 'morning' });
  edge.send({ id: 'c2', command: 'shutdown' });
  edge.send({ id: 'c3', command: 'jump' });
  edge.send({ id: 'c4', command: 'dance' });
  await pass(5_000);
  const byId = Object.fromEntries(edge.results.map(({ id, ...rest }) => [id, rest]));
  assert.deepEqual(byId, {
    c1: { status: 'done', result: { given: { speed: 3 }, reason: 'morning' } },
    c2: { status: 'done', result: null },
    c3: { status: 'failed', result: { fault: 'COMMAND_FAILED', message: 'it has no legs' } },
    c4: { status: 'done', result: 'any dance' },
  });
});

test('device: a command that nobody handles fails, and so does one that has expired [DEV-8, DEV-9]', async () => {
  const { edge, world, ran, pass } = await obedient({ start: () => true });
  edge.send({ id: 'c1', command: 'fly' });
  edge.send({ id: 'c2', command: 'start', expires_at: world.clock.wall() - 1 });
  edge.send({ id: 'c3', command: 'start', expires_at: world.clock.wall() + 60_000 });
  await pass(5_000);
  const faults = edge.results.map(({ id, result }) => [id, (result as { fault?: string }).fault]).sort();
  assert.deepEqual(faults, [
    ['c1', 'COMMAND_UNKNOWN'],
    ['c2', 'COMMAND_EXPIRED'],
    ['c3', undefined],
  ]);
  assert.deepEqual(ran, ['c3']);
});

test('device: commands wait for the one before them, and expire while they wait [DEV-8]', async () => {
  const { edge, world, ran, pass } = await obedient({
    long: () => world.clock.sleep(10_000 as never),
    short: () => true,
  });
  edge.send({ id: 'c1', command: 'long' });
  await pass(1_000);
  edge.send({ id: 'c2', command: 'short', expires_at: world.clock.wall() + 2_000 });
  await pass(500);
  edge.send({ id: 'c3', command: 'short' });
  await pass(30_000);
  assert.deepEqual(ran, ['c1', 'c3']);
  assert.deepEqual(
    edge.results.map(({ id, status }) => `${id} ${status}`),
    ['c1 done', 'c2 failed', 'c3 done'],
  );
});

test('device: a command that comes twice is carried out once, also after a restart [DEV-7]', async () => {
  const set = bench();
  const first = await obedient({ '*': () => 1 }, set);
  set.edge.send({ id: 'c1', command: 'start' });
  set.edge.send({ id: 'c1', command: 'start' });
  await set.pass(5_000);
  assert.deepEqual(first.ran, ['c1']);
  set.crash({ power: true });
  const second = await obedient({ '*': () => 1 }, set);
  set.edge.send({ id: 'c1', command: 'start' });
  await set.pass(5_000);
  assert.deepEqual(second.ran, []);
});

test('device: a restart answers for what it interrupted, and carries out what had not begun [DEV-7, DEV-9]', async () => {
  const set = bench();
  const first = await obedient({ '*': () => new Promise(() => undefined) }, set);
  set.edge.send({ id: 'c1', command: 'endless' });
  await set.pass(500);
  set.edge.send({ id: 'c2', command: 'start' });
  await set.pass(500);
  assert.deepEqual(first.ran, ['c1']);
  set.crash({ power: true });
  const second = await obedient({ '*': () => 2 }, set);
  await set.pass(5_000);
  assert.deepEqual(second.ran, ['c2']);
  assert.deepEqual(
    set.edge.results.map(({ id, status }) => `${id} ${status}`),
    ['c1 failed', 'c2 done'],
  );
  assert.match(JSON.stringify(set.edge.results[0]!.result), /COMMAND_INTERRUPTED/);
});

test('device: an answer waits for the connection, and survives a restart [DEV-9]', async () => {
  const set = bench();
  const first = await obedient({ '*': () => ({ ok: true }) }, set);
  set.edge.send({ id: 'c1', command: 'start' });
  // The order is durable and carried out; then the network goes before the answer is out.
  while (first.ran.length === 0) await set.pass(1);
  set.edge.down = true;
  set.edge.cut();
  await set.pass(5_000);
  assert.deepEqual(set.edge.results, []);
  set.crash({ power: true });
  set.edge.down = false;
  await obedient({ '*': () => ({ ok: false }) }, set);
  await set.pass(30_000);
  assert.deepEqual(set.edge.results[0], { id: 'c1', status: 'done', result: { ok: true } });
});

test('device: what is no command is counted and left alone, and the next one is obeyed [DEV-16]', async () => {
  const { one, edge, ran, pass } = await obedient({ '*': () => 1 });
  edge.send({ command: 'nameless' });
  edge.send({ id: 'c1' });
  edge.send(['c2']);
  edge.send({ id: 'c3', command: 'start', arguments: [1] });
  edge.send({ id: 'c4', command: 'start', expires_at: 'soon' });
  await pass(1_000);
  edge.send({ id: 'c5', command: 'start' });
  await pass(5_000);
  assert.equal(one.status().commands.unreadable, 5);
  assert.deepEqual(ran, ['c5']);
});

test('device: a result too large or not JSON is said to be, and the command is done all the same [DEV-15]', async () => {
  const { edge, pass } = await obedient({ large: () => 'x'.repeat(9_000), odd: () => 12n });
  edge.send({ id: 'c1', command: 'large' });
  await pass(1_000);
  edge.send({ id: 'c2', command: 'odd' });
  await pass(5_000);
  assert.deepEqual(
    edge.results.map(({ status, result }) => [status, (result as { fault: string }).fault]),
    [
      ['done', 'RESULT_TOO_LARGE'],
      ['done', 'RESULT_NOT_JSON'],
    ],
  );
});

test('device: more commands than it can keep are answered as failed, none is lost [DEV-17]', async () => {
  const { one, edge, ran, pass } = await obedient({ '*': () => new Promise(() => undefined) });
  for (let n = 0; n < 80; n++) edge.send({ id: `c${n}`, command: 'endless' });
  await pass(10_000);
  assert.equal(ran.length, 1);
  assert.equal(edge.results.length, 15);
  assert.equal(one.status().commands.open, 65);
  assert.ok(edge.results.every(({ result }) => (result as { fault: string }).fault === 'COMMANDS_FULL'));
});

test('device: a thousand commands leave a small memory behind [DEV-17]', async () => {
  const set = bench();
  const { ran } = await obedient({ '*': () => 1 }, set);
  for (let n = 0; n < 1_200; n++) {
    set.edge.send({ id: `c${n}`, command: 'start' });
    if (n % 20 === 0) await set.pass(1_000);
  }
  await set.pass(10_000);
  assert.equal(ran.length, 1_200);
  set.crash({ power: true });
  const second = await obedient({ '*': () => 1 }, set);
  set.edge.send({ id: 'c1199', command: 'start' });
  await set.pass(5_000);
  assert.deepEqual(second.ran, []);
  assert.equal(set.edge.results.length, 1_200);
});
