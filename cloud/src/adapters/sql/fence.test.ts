import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../../test/open-store.ts';
import { aNamed, shippedJournal } from '../../../test/shipped-journal.ts';
import type { CommandView } from '../../ports.ts';

const device = 'pump-7';

/** A device that is heard through one node, and then through another. */
async function setUp(t: TestContext) {
  const opened = await openStore(t, { path: ':memory:', worker: false });
  const { store, clock, ship } = opened;
  const there = shippedJournal('edge-1', '0123456789ab');
  const elsewhere = shippedJournal('edge-2', 'ba9876543210');
  const reading = aNamed(1);
  clock.time = reading.receivedAt + 1_000;
  await ship(there.readings(reading));
  let count = 0;
  return {
    ...opened,
    there,
    async issue(lasts = 60_000): Promise<CommandView> {
      const [id, now] = [`c${++count}`, clock.time];
      const about = { name: 'flush', arguments: {}, origin: 'operator', reason: '' };
      assert.ok(await store.commands.issue({ id, device, ...about, issuedAt: now, expiresAt: now + lasts }, 'edge-1'));
      return (await store.commands.find(id))!;
    },
    async move(): Promise<void> {
      clock.time += 10_000;
      await ship(elsewhere.readings({ ...aNamed(2), receivedAt: clock.time - 1_000 }));
    },
  };
}

test('commands: each has the fence of its moment, and goes where the device is [CFG-52]', async (t) => {
  const { issue, move } = await setUp(t);
  const first = await issue();
  assert.deepEqual([first.node, first.fence], ['edge-1', 1]);
  assert.equal((await issue()).fence, 1);
  await move();
  const second = await issue();
  assert.deepEqual([second.node, second.fence], ['edge-2', 2]);
});

test('commands: what no node has taken when its device moves is refused; what a node took is its to say [CFG-52]', async (t) => {
  const { store, clock, ship, there, issue, move } = await setUp(t);
  const [queued, taken, late] = [await issue(), await issue(), await issue()];
  await store.commands.taken(taken.id, clock.time);
  await move();
  const ended = await store.commands.expire(clock.time);
  assert.deepEqual(ended.map(({ id, state }) => `${id} ${state}`).sort(), ['c1 failed', 'c3 failed']);
  const refused = (await store.commands.find(queued.id))!;
  assert.equal((refused.result as { fault: string }).fault, 'COMMAND_FENCED');
  assert.equal((await store.commands.find(taken.id))?.state, 'sent');
  assert.deepEqual(await store.commands.queued('edge-1'), []);
  // It had it after all, and did it before the move.
  await ship(
    there.record('commandState', { id: late.id, device, state: 'done', at: clock.time, result: { ok: true } }),
  );
  const after = (await store.commands.find(late.id))!;
  assert.deepEqual([after.state, after.result], ['done', { ok: true }]);
});

test('commands: a cloud that has lost count finds it again in a device’s refusal [CFG-53]', async (t) => {
  const { clock, ship, there, issue } = await setUp(t);
  const { id } = await issue();
  const result = { fault: 'COMMAND_FENCED', message: 'it was ordered under fence 1, and 7 holds', fence: 7 };
  await ship(there.record('commandState', { id, device, state: 'failed', at: clock.time, result }));
  assert.equal((await issue()).fence, 7);
});

test('commands: they wait in the order in which they were issued, whatever the clock says [CFG-51]', async (t) => {
  const { store, clock, issue } = await setUp(t);
  await issue(1e9);
  clock.time -= 3_600_000;
  await issue(1e9);
  await issue(1e9);
  assert.deepEqual(
    (await store.commands.queued('edge-1')).map(({ id }) => id),
    ['c1', 'c2', 'c3'],
  );
});
