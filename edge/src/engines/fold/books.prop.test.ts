import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quality } from '@selvedge/protocol';
import fc from 'fast-check';
import { booksSite, cloudBalance, foldsOf, readingsOf } from './site.fixture.ts';

const seed = 41;

const action = fc.constantFrom('raw', 'folded', 'later', 'nothing', 'analyse');
const policy = fc.record({
  devices: fc.constantFrom('*', '*', 'pump-1'),
  send: fc.oneof({ weight: 1, arbitrary: action }, { weight: 2, arbitrary: fc.constant('folded') }),
  priority: fc.constantFrom('high', 'medium', 'low'),
  private: fc.constantFrom([], ['operator'], ['*']),
  fold: fc.constantFrom(
    {},
    { oneOf: 3 },
    { deadBand: { t: 0.5 } },
    { interval: '250ms' },
    { interval: '1s' },
    { aggregates: false },
  ),
  when: fc.constantFrom([], [{ link: 'offline', send: 'folded' }], [{ loadAbove: 0.5, send: 'later' }]),
});
const step = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(fc.constant('publish' as const), fc.nat(2), fc.nat(40)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('wait' as const), fc.constantFrom(1, 30, 90, 200, 700), fc.nat(1)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('cut' as const), fc.nat(120), fc.nat(1)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('stop' as const), fc.nat(1), fc.nat(1)) },
);

test('books: whatever the policies, and wherever the power is cut, they balance on both sides [LED-3] [LED-4] [ROU-20]', async () => {
  const story = async (chance: number, policies: object[], steps: (readonly [string, number, number])[]) => {
    const site = booksSite(
      chance,
      policies.map((one, index) => ({ name: `p${index}`, ...one })),
      // Closed so often that a cut meets every moment of a closing.
      { 'window.period': '100ms' },
    );
    await site.boot();
    let seq = 0;
    const acknowledged: string[] = [];
    for (const [what, a, b] of steps) {
      if (what === 'publish') {
        const name = a === 2 ? {} : { $boot: 1, $seq: seq };
        const values = { t: b / 4, operator: b, n: seq++, ...name };
        const end = await site.publish(`pump-${a}`, values, b % 3 === 0 ? 0 : 20);
        if (end === 'acknowledged') acknowledged.push(`pump-${a} ${values.n}`);
      } else if (what === 'wait') await site.run(a);
      else {
        if (what === 'stop') await site.stop();
        else await site.run(a);
        site.powerCut();
        await site.boot();
      }
    }
    await site.run(3_000);
    const all = await site.records();
    const originals = readingsOf(all).filter(({ body }) => (body.quality & quality.redacted) === 0);
    const names = originals.map(({ body }) => `${body.device} ${String(body.values['n'])}`);
    assert.equal(new Set(names).size, names.length, 'doubled');
    for (const one of acknowledged) assert.ok(names.includes(one), `lost ${one}`);
    const cloud = cloudBalance(all);
    assert.deepEqual(cloud.imbalances, []);
    const { closings, broken } = await site.audit();
    assert.deepEqual([closings!.imbalances, broken], [[], []]);
    const total = [...cloud.totals.values()].reduce((sum, one) => sum + one.journaled, 0);
    assert.equal(total, originals.length, 'everything is in some closing');
    const kept = foldsOf(all).flatMap(({ rows }) => rows.map(({ count }) => count));
    const local = originals.filter(({ klass }) => klass === 4);
    assert.equal(
      kept.reduce((sum, one) => sum + one, 0),
      local.length,
    );
    // Each reading that was withheld for its private values alone has the others sent once.
    const partly = local.filter(({ body }) => (body.quality & quality.partly) !== 0);
    const derived = readingsOf(all).filter(({ body }) => (body.quality & quality.redacted) !== 0);
    const open = partly.filter(() => !policies.some((one) => (one as { private: string[] }).private.includes('*')));
    const times = (all: typeof derived): number[] =>
      all.map(({ body }) => body.takenAt).sort((one, other) => one - other);
    if (open.length === partly.length) assert.deepEqual(times(derived), times(partly));
    for (const { body } of derived) assert.equal('operator' in body.values, false);
    await site.stop();
  };
  const stories = fc.asyncProperty(
    fc.integer(),
    fc.array(policy, { maxLength: 3 }),
    fc.array(step, { minLength: 10, maxLength: 60 }),
    story,
  );
  await fc.assert(stories, { seed, numRuns: 60 });
});
