import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '@selvedge/kernel';
import { linkBudget } from './budget.ts';
import { meter } from './meter.ts';

const lte = { link: 'lte', pricePerMegabyte: 2, capBytes: 100_000_000 };
const noon = Date.UTC(2026, 10, 16);

test('meter: counts the month with its price, and says where it will end [BUD-9]', () => {
  const one = meter(lte, undefined);
  one.add(10_000_000, 5_000_000, noon);
  const view = one.view(noon);
  assert.deepEqual([view.month, view.upBytes, view.downBytes, view.cost], ['2026-11', 10_000_000, 5_000_000, 30]);
  assert.deepEqual([view.forecastBytes, view.forecastCost], [30_000_000, 60]);
  assert.equal(one.used(noon), 0.15);
});

test('meter: goes on after a restart, begins each month anew, and keeps each link apart [BUD-9]', () => {
  const one = meter(lte, undefined);
  one.add(1_000, 0, noon);
  const two = meter(lte, one.save());
  two.add(500, 0, Date.UTC(2026, 11, 1));
  assert.deepEqual(
    [two.view(Date.UTC(2026, 11, 1)).upBytes, two.view(Date.UTC(2026, 11, 1)).before[0]?.upBytes],
    [500, 1_000],
  );
  const other = meter({ ...lte, link: 'wire' }, two.save());
  assert.equal(other.view(noon).upBytes, 0);
  assert.equal(meter(lte, other.save()).view(Date.UTC(2026, 11, 1)).upBytes, 500);
  assert.equal(meter(lte, Buffer.from('{"version":9')).view(noon).upBytes, 0);
});

test('meter: a clock that is set back does not begin a month again [BUD-9]', () => {
  const one = meter(lte, undefined);
  one.add(1_000, 0, Date.UTC(2026, 11, 1));
  one.add(1_000, 0, noon);
  assert.deepEqual([one.view(noon).month, one.view(noon).upBytes], ['2026-12', 2_000]);
});

test('meter: near the cap the least urgent gives way first, at it everything but what is critical [BUD-10]', () => {
  const passing = (share: number): readonly string[] => {
    const counted = meter(lte, undefined);
    counted.add(lte.capBytes * share, 0, noon);
    const options = {
      capacity: 0,
      windowMax: 2 ** 20,
      delayMax: millis(200),
      queueMax: [1, 1, 1, 1],
      lifetime: millis(1),
    };
    const flows = (['live', 'backlog'] as const).flatMap((tier) => [0, 1, 2, 3].map((klass) => ({ klass, tier })));
    return flows
      .filter((flow) => {
        const turn = linkBudget(options, counted).next(
          (one) => one.klass === flow.klass && one.tier === flow.tier,
          0,
          noon,
        );
        return 'flow' in turn;
      })
      .map(({ klass, tier }) => `${tier[0]}${klass}`);
  };
  assert.deepEqual(passing(0.5), ['l0', 'l1', 'l2', 'l3', 'b0', 'b1', 'b2', 'b3']);
  assert.deepEqual(passing(0.9), ['l0', 'l1', 'l2', 'l3', 'b0', 'b1']);
  assert.deepEqual(passing(0.96), ['l0', 'l1', 'l2', 'b0']);
  assert.deepEqual(passing(1), ['l0', 'b0']);
});
