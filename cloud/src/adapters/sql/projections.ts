import { type Clock, type Duration, describeFailure, type Log, millis, seconds } from '@selvedge/kernel';
import type { FeedSink, Projections } from '../../ports.ts';
import { storeFaults } from './faults.ts';
import type { Projector, Stepped } from './project/step.ts';

/** Runs the consumers whenever the log has grown, one step after the other, and announces what each has committed. */
export interface RunningProjections extends Projections {
  /** The log has grown. */
  wake(): void;
  /** As `catchUp`, but settles also when a step has failed and its next attempt is still to come. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const retryMin = millis(100);
const retryMax = seconds(30);

export function runProjections(
  projector: Projector,
  world: { readonly clock: Clock; readonly log: Log; readonly feed: FeedSink },
): RunningProjections {
  const stopping = new AbortController();
  const waiting = new Set<{
    readonly target: number;
    readonly patient: boolean;
    readonly done: PromiseWithResolvers<void>;
  }>();
  let running: Promise<void> | undefined;
  let isAwake = false;
  let position = -1;
  let failures = 0;

  const turn = (): Promise<void> => new Promise((resolve) => world.clock.soon(resolve));

  async function run(): Promise<void> {
    // Who made the log grow is told first that it has.
    await turn();
    while (isAwake && !stopping.signal.aborted) {
      isAwake = false;
      try {
        isAwake = (await step()) || isAwake;
        failures = 0;
        await turn();
      } catch (cause) {
        failures += 1;
        isAwake = true;
        const wait = Math.min(retryMax, retryMin * 2 ** (failures - 1)) as Duration;
        world.log.error('projections.failed', { ...describeFailure(cause), attempt: failures, retryInMs: wait });
        tell((one) => !one.patient);
        await world.clock.sleep(wait, stopping.signal).catch(() => undefined);
      }
    }
  }

  /** Gives whether there is more to do. */
  async function step(): Promise<boolean> {
    const stepped = await projector.step(world.clock.wall());
    announce(stepped);
    position = stepped.position;
    tell((one) => one.target <= position);
    return stepped.more;
  }

  function announce({ events, poison, position: at }: Stepped): void {
    if (poison > 0) world.log.warn('records.set-aside', { count: poison, position: at });
    for (const event of events) world.feed.publish(event);
  }

  function tell(isMeant: (one: { target: number; patient: boolean }) => boolean): void {
    for (const one of waiting) {
      if (!isMeant(one)) continue;
      waiting.delete(one);
      one.done.resolve();
    }
  }

  function wake(): void {
    isAwake = true;
    running ??= run().finally(() => {
      running = undefined;
      if (isAwake && !stopping.signal.aborted) wake();
    });
  }

  async function reach(patient: boolean): Promise<void> {
    const target = await projector.head();
    if (position < 0) position = Math.max(position, await projector.position());
    if (position >= target || (!patient && failures > 0)) return;
    if (stopping.signal.aborted) throw storeFaults('STORE_CLOSED', 'the store is closed');
    const done = Promise.withResolvers<void>();
    waiting.add({ target, patient, done });
    wake();
    return done.promise;
  }

  return {
    wake,
    catchUp: () => reach(true),
    settle: () => reach(false),
    async stop() {
      stopping.abort();
      await running;
      for (const { done } of waiting) done.reject(storeFaults('STORE_CLOSED', 'the store was closed'));
      waiting.clear();
    },
  };
}
