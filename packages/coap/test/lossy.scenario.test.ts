import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { type Resource, responses } from '../src/index.ts';
import { simulated } from './support/world.ts';

const seeds = Array.from({ length: 25 }, (_, index) => index + 1);
const rough = { loss: 0.25, duplication: 0.25, delay: { min: 1, max: 800 } };

/** Three clients send each twenty requests over a bad network to a server that is sometimes slow. */
async function story(seed: number) {
  const world = simulated(seed, rough);
  const executed = new Map<string, number>();
  let turn = 0;
  const inbox: Resource = {
    path: 'inbox',
    async post({ payload }) {
      const name = payload.toString();
      executed.set(name, (executed.get(name) ?? 0) + 1);
      turn += 1;
      if (turn % 5 === 0) await world.clock.sleep(2_500 as never);
      return { code: responses.created, payload: `got ${name}` };
    },
  };
  const server = await world.endpoint({ resources: [inbox] });
  const outcomes = new Map<string, string>();
  const clients = [await world.endpoint(), await world.endpoint(), await world.endpoint()];
  const all = clients.map(async (client, who) => {
    for (let number = 0; number < 20; number++) {
      const payload = `${who}-${number}`;
      const confirmable = number % 4 !== 3;
      try {
        const response = await client.request(server.url('inbox'), { method: 'POST', payload, confirmable });
        assert.equal(response.code, responses.created);
        outcomes.set(payload, response.payload.toString());
      } catch (cause) {
        assert.ok(isFault(cause, 'COAP_TIMEOUT'), String(cause));
        outcomes.set(payload, 'timeout');
      }
    }
  });
  await world.until(Promise.all(all), 20_000_000, 5_000);
  await world.run(600_000);
  for (const one of [server, ...clients]) await one.stop();
  return { executed, outcomes, datagrams: world.sent.length, now: world.line.now };
}

test('story: over a network that loses, doubles and reorders each request is executed once, or its client knows that it may not be [COA-25]', async () => {
  let timeouts = 0;
  for (const seed of seeds) {
    const { executed, outcomes } = await story(seed);
    const why = `replay with seed ${seed}`;
    assert.equal(outcomes.size, 60, why);
    for (const [name, outcome] of outcomes) {
      const times = executed.get(name) ?? 0;
      if (outcome === 'timeout') {
        timeouts += 1;
        assert.ok(times <= 1, `${name} was executed ${times} times: ${why}`);
      } else {
        assert.equal(outcome, `got ${name}`, why);
        assert.equal(times, 1, `${name} was executed ${times} times: ${why}`);
      }
    }
  }
  assert.ok(timeouts > 0, 'the network is bad enough for some to fail');
});

test('story: the same seed gives the same history [COA-25]', async () => {
  const [one, other] = [await story(7), await story(7)];
  assert.deepEqual(one, other);
  assert.notEqual((await story(8)).datagrams, one.datagrams);
});
