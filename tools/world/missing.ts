import type { TestContext } from 'node:test';

/** Something of the outside world that cannot be had here; `advice` says how it can. */
export class Missing extends Error {
  readonly advice: string;

  constructor(what: string, advice: string) {
    super(what);
    this.advice = advice;
  }
}

/**
 * Gets what a world test needs, or skips the test with the reason and returns undefined. Every other failure fails it.
 *
 *     const mosquitto = await needs(t, () => startMosquitto());
 *     if (!mosquitto) return;
 */
export async function needs<Thing>(
  t: Pick<TestContext, 'skip'>,
  get: () => Promise<Thing>,
): Promise<Thing | undefined> {
  try {
    return await get();
  } catch (cause) {
    if (!(cause instanceof Missing)) throw cause;
    t.skip(`${cause.message} Try: ${cause.advice}`);
    return undefined;
  }
}
