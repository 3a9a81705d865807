import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, seeded } from '@selvedge/kernel';
import fc from 'fast-check';
import { bench } from '../test/bench.ts';
import type { Device } from './index.ts';

const fixed = { seed: 20_251_122, numRuns: 150 };

type Happening =
  | { readonly kind: 'report' | 'command' | 'again' | 'cut' | 'kill' | 'power' }
  | { readonly kind: 'pass' | 'down'; readonly wait: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'report' } as const) },
  { weight: 3, arbitrary: fc.constant({ kind: 'command' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'again' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'power' } as const) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), wait: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('down' as const), wait: fc.integer({ min: 0, max: 4_000 }) }) },
);

/** Longer than any commit takes on the simulated disk: what was reported before is durable. */
const durableAfter = 100;

async function live(seed: number, happenings: readonly Happening[]) {
  const set = bench(seed);
  const chance = seeded(seed);
  const reported = new Map<number, { at: number; outcome: 'waiting' | 'done' | 'refused' }>();
  const ran = new Map<string, number>();
  const interrupted = new Set<string>();
  let running: string | undefined;
  let commands = 0;
  let reports = 0;
  let crashedAt = 0;
  let one: Device | undefined;

  const start = (): void => {
    one = set.boot();
    one.onCommand('*', async ({ id }, _signal) => {
      ran.set(id, (ran.get(id) ?? 0) + 1);
      running = id;
      await set.world.machine('pump-7').life!.clock.sleep((chance.next() * 50) as never);
      running = undefined;
      return { id };
    });
    void one.connect();
  };
  const crash = (power: boolean): void => {
    if (running !== undefined) interrupted.add(running);
    running = undefined;
    crashedAt = set.world.timeline.now;
    for (const [n, report] of reported)
      if (report.outcome === 'waiting' && crashedAt - report.at < durableAfter) reported.delete(n);
    set.crash({ power });
    start();
  };
  const report = (): void => {
    const n = reports++;
    const entry = { at: set.world.timeline.now, outcome: 'waiting' as 'waiting' | 'done' | 'refused' };
    one!.report({ n }).then(
      () => void (entry.outcome = 'done'),
      (cause: unknown) => {
        if (!isFault(cause)) throw cause;
        entry.outcome = 'refused';
      },
    );
    reported.set(n, entry);
  };

  start();
  await set.pass(200);
  for (const one of happenings) {
    if (one.kind === 'report') report();
    else if (one.kind === 'command') set.edge.send({ id: `c${commands++}`, command: 'act' });
    else if (one.kind === 'again' && commands > 0)
      set.edge.send({ id: `c${Math.floor(chance.next() * commands)}`, command: 'act' });
    else if (one.kind === 'cut') set.edge.cut();
    else if (one.kind === 'kill' || one.kind === 'power') crash(one.kind === 'power');
    else if (one.kind === 'pass') await set.pass(one.wait);
    else if (one.kind === 'down') {
      set.edge.down = true;
      set.edge.cut();
      await set.pass(one.wait);
      set.edge.down = false;
    }
  }
  await set.pass(300_000);
  return { ...set, reported, ran, interrupted, commands, pending: one!.status() };
}

test('device: whatever breaks, each reading arrives once and in order, each command is carried out at most once and answered [DEV-3, DEV-4, DEV-7, DEV-9]', async () => {
  const stories = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    happenings: fc.array(happening, { minLength: 20, maxLength: 120 }),
  });
  await fc.assert(
    fc.asyncProperty(stories, async ({ seed, happenings }) => {
      const { edge, reported, ran, interrupted, commands, pending } = await live(seed, happenings);
      const names = edge.stored.map(({ boot, seq }) => `${boot} ${seq}`);
      assert.equal(new Set(names).size, names.length, 'a name was stored twice');
      const arrived = edge.stored.map(({ values }) => values['n']);
      assert.equal(new Set(arrived).size, arrived.length, 'a reading was stored twice');
      for (const [n, { outcome }] of reported)
        if (outcome !== 'refused') assert.ok(arrived.includes(n), `reading ${n} (${outcome}) was lost`);
      const expected = [...reported.keys()].filter((n) => arrived.includes(n));
      assert.deepEqual(
        arrived.filter((n) => reported.has(n as number)),
        expected,
        'out of order',
      );
      assert.equal(pending.outbox.pending, 0);

      for (let n = 0; n < commands; n++) {
        const id = `c${n}`;
        const answers = edge.results.filter((result) => result.id === id);
        assert.ok(answers.length >= 1, `${id} was not answered`);
        assert.ok((ran.get(id) ?? 0) <= 1, `${id} was carried out ${ran.get(id)} times`);
        const said = new Set(answers.map(({ status, result }) => `${status} ${JSON.stringify(result)}`));
        assert.equal(said.size, 1, `${id} has several answers`);
        if (answers[0]!.status === 'done') assert.equal(ran.get(id), 1, `${id} was answered but not carried out`);
        // The device may also have died between the note that it begins and the beginning.
        else assert.match([...said][0]!, /COMMAND_INTERRUPTED/);
        if (interrupted.has(id)) assert.equal(answers[0]!.status, 'failed');
      }
      assert.equal(pending.commands.open, 0);
    }),
    fixed,
  );
});

test('device: the same seed gives the same history', async () => {
  const happenings = fc.sample(fc.array(happening, { minLength: 60, maxLength: 60 }), { seed: 7, numRuns: 1 })[0]!;
  const [first, second] = [await live(11, happenings), await live(11, happenings)];
  assert.equal(first.world.history.digest(), second.world.history.digest());
  assert.deepEqual(first.edge.stored, second.edge.stored);
});
