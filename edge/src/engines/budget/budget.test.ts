import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, millis, seconds } from '@selvedge/kernel';
import type { LinkBudget, LinkFlow } from '../../ports.ts';
import { type BudgetOptions, linkBudget } from './budget.ts';
import { meter } from './meter.ts';

const noPrice = { link: 'test', pricePerMegabyte: 0, capBytes: 0 };
const limits: BudgetOptions = {
  capacity: 0,
  windowMax: 2 ** 21,
  delayMax: millis(200),
  queueMax: [100, 500, 1_000, 2_000],
  lifetime: seconds(30),
};
const budgetOf = (change: Partial<BudgetOptions> = {}): LinkBudget =>
  linkBudget({ ...limits, ...change }, meter(noPrice, undefined));

/**
 * A link that carries so many bytes for a second, one frame after the other, and acknowledges each after `delay`.
 * `wants` says at each moment which flows have something; frames are as large as the budget likes.
 */
function carry(
  budget: LinkBudget,
  link: { rate: number | ((now: number) => number); delay: number; length: number },
  wants: (flow: LinkFlow, now: number) => boolean,
  sent: (flow: LinkFlow, size: number, now: number, arrives: number) => void,
): void {
  const acknowledgements: { at: number; departure: unknown }[] = [];
  let freeAt = 0;
  for (let now = 0; now < link.length; now++) {
    while (acknowledgements[0] && acknowledgements[0].at <= now)
      budget.acknowledged(acknowledgements.shift()!.departure, now);
    if (now % 1_000 === 0) budget.watch(now);
    for (;;) {
      const turn = budget.next((flow) => wants(flow, now), now, now);
      if (!('flow' in turn)) break;
      const size = budget.frameBytes;
      const rate = typeof link.rate === 'number' ? link.rate : link.rate(now);
      freeAt = Math.max(freeAt, now) + (size * 1_000) / rate;
      acknowledgements.push({ at: freeAt + link.delay, departure: budget.sent(turn.flow, size, now) });
      sent(turn.flow, size, now, freeAt + link.delay / 2);
    }
  }
}

test('budget: of a configured capacity never more leaves than it allows [BUD-1]', () => {
  const budget = budgetOf({ capacity: 50_000 });
  let bytes = 0;
  // The link itself could carry ten times as much.
  carry(
    budget,
    { rate: 500_000, delay: 20, length: 20_000 },
    ({ tier }) => tier === 'backlog',
    (_, size) => (bytes += size),
  );
  assert.ok(bytes <= 50_000 * 20 + 30_000, `${bytes} bytes in 20 s`);
  assert.ok(bytes >= 50_000 * 20 * 0.9, `${bytes} bytes in 20 s`);
});

test('budget: every class that wants has its share at least, and what one leaves the others take [BUD-2] [BUD-3]', () => {
  const share = (wanting: readonly number[]) => {
    const bytes = [0, 0, 0, 0];
    carry(
      budgetOf({ capacity: 100_000 }),
      { rate: 100_000, delay: 20, length: 30_000 },
      ({ klass, tier }) => tier === 'live' && wanting.includes(klass),
      ({ klass }, size) => (bytes[klass]! += size),
    );
    const total = bytes.reduce((sum, one) => sum + one, 0);
    assert.ok(total > 100_000 * 30 * 0.85, `${total} bytes of ${100_000 * 30}`);
    return bytes.map((one) => Math.round((one / total) * 100));
  };
  const close = (found: readonly number[], wanted: readonly number[]): void =>
    assert.ok(
      found.every((one, klass) => Math.abs(one - wanted[klass]!) <= 3),
      `${found} is not ${wanted}`,
    );
  close(share([0, 1, 2, 3]), [30, 40, 20, 10]);
  close(share([2, 3]), [0, 0, 67, 33]);
  close(share([3]), [0, 0, 0, 100]);
});

test('budget: live data never waits behind backlog [BUD-3]', () => {
  const budget = budgetOf({ capacity: 100_000 });
  let [live, backlog] = [0, 0];
  carry(
    budget,
    { rate: 100_000, delay: 20, length: 10_000 },
    ({ klass, tier }) => klass === 3 || tier === 'backlog',
    ({ tier }, size) => (tier === 'live' ? (live += size) : (backlog += size)),
  );
  assert.equal(backlog, 0);
  assert.ok(live > 0);
});

test('budget: on a measured link of 64 kbit/s an alarm arrives within 2 s behind endless backlog [BUD-5] [BUD-7]', () => {
  const budget = budgetOf();
  let due: number | undefined;
  let bytes = 0;
  const late: number[] = [];
  carry(
    budget,
    { rate: 8_000, delay: 60, length: 300_000 },
    ({ klass, tier }, now) => {
      if (now % 2_900 === 0) due ??= now;
      return tier === 'backlog' ? klass > 0 : klass === 0 && due !== undefined;
    },
    ({ klass }, size, _now, arrives) => {
      bytes += size;
      if (klass > 0) return;
      late.push(arrives - due!);
      due = undefined;
    },
  );
  assert.ok(late.length > 90, `${late.length} alarms`);
  assert.ok(Math.max(...late.slice(3)) <= 2_000, `${Math.max(...late.slice(3))} ms`);
  assert.ok(bytes > 8_000 * 300 * 0.8, `${bytes} bytes of ${8_000 * 300}`);
});

test('budget: an alarm does not wait for a frame that is under way, and a flood of alarms leaves the others their share [BUD-2] [BUD-7]', () => {
  const budget = budgetOf({ capacity: 8_000 });
  const huge = budget.sent({ klass: 1, tier: 'backlog' }, 64_000, 0);
  const isBacklog = ({ klass, tier }: LinkFlow): boolean => tier === 'backlog' && klass > 0;
  assert.ok('wait' in budget.next(isBacklog, 10, 10));
  const turn = budget.next((flow) => isBacklog(flow) || flow.klass === 0, 20, 20);
  assert.deepEqual(turn, { flow: { klass: 0, tier: 'live' } });
  budget.acknowledged(huge, 8_000);
  const bytes = [0, 0];
  carry(
    budgetOf({ capacity: 100_000 }),
    { rate: 100_000, delay: 20, length: 30_000 },
    ({ klass, tier }) => tier === 'live' && klass < 2,
    ({ klass }, size) => (bytes[klass]! += size),
  );
  assert.ok(bytes[1]! > 100_000 * 30 * 0.5, `${bytes}`);
});

test('budget: a fast link is found out and used [BUD-5]', () => {
  const budget = budgetOf();
  let bytes = 0;
  carry(
    budget,
    { rate: 4_000_000, delay: 30, length: 10_000 },
    ({ tier }) => tier === 'backlog',
    (_, size) => (bytes += size),
  );
  assert.ok(bytes > 4_000_000 * 10 * 0.7, `${bytes} bytes of ${40_000_000}`);
});

test('budget: when the link gets slower than it was said to be, less is sent [BUD-6]', () => {
  const budget = budgetOf({ capacity: 100_000 });
  const sent = [0, 0];
  const rate = (now: number): number => (now < 20_000 ? 100_000 : 20_000);
  carry(
    budget,
    { rate, delay: 30, length: 40_000 },
    ({ tier }) => tier === 'backlog',
    (_, size, now) => (sent[now < 20_000 ? 0 : 1]! += size),
  );
  assert.ok(sent[0]! > 1_700_000, `${sent[0]} bytes before`);
  assert.ok(sent[1]! < 20_000 * 20 * 1.3, `${sent[1]} bytes after`);
  assert.ok(budget.view(0).congestion > 0.5, `congestion ${budget.view(0).congestion}`);
});

test('budget: a guest has its turn among the lanes of its class, and counts as under way until it is done [BUD-4]', async () => {
  const budget = budgetOf({ capacity: 100_000 });
  const granted = budget.request({ klass: 3, bytes: 5_000 }, 0);
  assert.deepEqual(
    budget.next(() => false, 0, 0),
    { wait: Number.POSITIVE_INFINITY },
  );
  const grant = await granted;
  assert.equal(budget.view(0).inFlightBytes, 5_000);
  grant.done(10);
  assert.equal(budget.view(0).inFlightBytes, 0);
  assert.equal(budget.view(0).classes[3]!.bytes, 5_000);
});

test('budget: what waits for too long is demoted, and only what is expendable is dropped, counted [BUD-4]', async () => {
  const budget = budgetOf({ capacity: 100_000 });
  const dropped = budget.request({ klass: 3, bytes: 10, expendable: true }, 0);
  const kept = budget.request({ klass: 3, bytes: 10 }, 0);
  budget.watch(30_000);
  await assert.rejects(dropped, (cause) => isFault(cause, 'BUDGET_DROPPED'));
  assert.deepEqual([budget.view(0).classes[3]!.dropped, budget.view(0).classes[3]!.demoted], [1, 1]);
  // Live data of another lane goes first now; the demoted request still gets what is left.
  const turn = budget.next(({ klass, tier }) => klass === 3 && tier === 'live', 30_001, 0);
  assert.deepEqual(turn, { flow: { klass: 3, tier: 'live' } });
  budget.next(() => false, 30_002, 0);
  (await kept).failed();
});

test('budget: beyond its bound a class refuses guests, counted [BUD-4]', async () => {
  const budget = budgetOf({ capacity: 100_000, queueMax: [1, 1, 1, 2] });
  const all = Array.from({ length: 5 }, () => budget.request({ klass: 3, bytes: 10 }, 0));
  await assert.rejects(all[4]!, (cause) => isFault(cause, 'BUDGET_FULL'));
  assert.equal(budget.view(0).classes[3]!.refused, 1);
  const gone = new AbortController();
  const waiting = budget.request({ klass: 2, bytes: 10, signal: gone.signal }, 0);
  gone.abort(new Error('no more'));
  await assert.rejects(waiting, /no more/);
});
