import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tell } from './support/durable-story.ts';

const seeds = 200;

test('durable: whatever kills the broker between two steps, acknowledged messages arrive, QoS 2 once, each topic in order [MQB-104]', async () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= seeds; seed++) {
    await tell(seed, { steps: 60 }, seen).catch((cause: unknown) => {
      throw new Error(`seed ${seed}`, { cause });
    });
  }
  for (const what of ['kill', 'cut', 'soon', 'acknowledged', 'sent again with QoS 1'])
    assert.ok((seen.get(what) ?? 0) > 50, `${what}: ${seen.get(what)}`);
});

test('durable: an intake that tells what it has gets every acknowledged message, and QoS 2 once [MQB-113]', async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    await tell(seed, { steps: 60, intake: 'honest' }).catch((cause: unknown) => {
      throw new Error(`seed ${seed}`, { cause });
    });
  }
});
