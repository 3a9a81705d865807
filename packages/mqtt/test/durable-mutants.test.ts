import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionStore } from '../src/index.ts';
import { type StoryOptions, tell } from './support/durable-story.ts';

const nothing = (): void => undefined;

/** Stores that break one promise each: the stories must find every one of them out. */
const mutants: Readonly<Record<string, (store: SessionStore) => Partial<SessionStore>>> = {
  'says at once that it has kept everything': () => ({ commit: () => undefined }),
  'forgets what it queued': () => ({ queued: nothing }),
  'forgets which packet identifier was given': () => ({ sent: nothing }),
  'forgets that a message was received by its client': () => ({ released: nothing }),
  'forgets what a client has published': () => ({ received: nothing }),
  'forgets that a packet identifier is free again': () => ({ forgotten: nothing }),
  'forgets subscriptions': () => ({ subscribed: nothing }),
  'gives numbers twice': (store) => ({ load: async () => ({ ...(await store.load()), sequence: 0 }) }),
};

/** The first seed whose story finds the mutant out, and how. */
async function foundOut(options: StoryOptions, most: number): Promise<string | undefined> {
  for (let seed = 1; seed <= most; seed++) {
    try {
      await tell(seed, options);
    } catch (cause) {
      return `seed ${seed}: ${(cause as Error).message}`;
    }
  }
  return undefined;
}

/** Calls reach the store itself, unless the mutant takes them. */
const planted =
  (mutant: (store: SessionStore) => Partial<SessionStore>) =>
  (store: SessionStore): SessionStore => {
    const taken = mutant(store);
    return new Proxy(store, { get: (one, name) => Reflect.get(name in taken ? taken : one, name) as unknown });
  };

for (const [name, mutant] of Object.entries(mutants)) {
  test(`durable: the stories find out a store that ${name} [MQB-104]`, async () => {
    assert.ok(await foundOut({ steps: 60, mutate: planted(mutant) }, 60));
  });
}

for (const [intake, name] of [
  ['forgetful', 'does not tell what it has'],
  ['hasty', 'tells the store of a reception before it has it'],
] as const) {
  test(`durable: the stories find out an intake that ${name} [MQB-113]`, async () => {
    assert.ok(await foundOut({ steps: 60, intake }, 60));
  });
}
