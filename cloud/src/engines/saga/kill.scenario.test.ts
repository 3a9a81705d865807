import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SagaRunner } from './run-sagas.ts';
import { plan, sagaSite } from './sagas.fixture.ts';

const by = 'operator:ada';

/** Tells the saga with a cloud that is killed at one of its writes, and what came of it. */
async function tell(t: TestContext, isObeyed: boolean, killAt: number, when: 'before' | 'after') {
  const site = await sagaSite(t, (command) => isObeyed || command !== 'seal');
  const first = site.cloud(killAt, when);
  const begin = (runner: SagaRunner) => runner.begin('s1', plan, by).catch(() => undefined);
  await begin(first.runner);
  for (let i = 0; i < 12 && !first.isDead; i++) await site.pass(first.runner, 1);
  const second = site.cloud().runner;
  // Whoever had no answer asks again; it begins nothing twice.
  await begin(second);
  await site.pass(second, 20);
  const saga = (await site.store.sagas.find('s1'))!;
  const twin = (await site.store.twins.history('pump-7', { limit: 10 })).map(({ after }) => after).reverse();
  return { wasKilled: first.isDead, status: saga.status, done: site.done, twin, good: site.said().good.version };
}

for (const isObeyed of [true, false]) {
  const way = isObeyed ? 'it is done' : 'it is undone in reverse';
  test(`sagas: killed at any of its writes, ${way}, each effect once [CFG-32]`, async (t) => {
    let kills = 0;
    for (const when of ['before', 'after'] as const) {
      for (let killAt = 1; ; killAt++) {
        const { wasKilled, ...told } = await tell(t, isObeyed, killAt, when);
        const forward = ['flush', 'version 1 confirmed'];
        assert.deepEqual(
          told,
          isObeyed
            ? { status: 'done', done: [...forward, 'seal'], twin: ['B'], good: 1 }
            : {
                status: 'undone',
                done: [...forward, 'seal failed', 'version 2 confirmed', 'fill'],
                twin: ['B', 'A'],
                good: 2,
              },
          `killed ${when} write ${killAt}`,
        );
        if (!wasKilled) break;
        kills += 1;
      }
    }
    assert.ok(kills > 20, `only ${kills} writes`);
  });
}
