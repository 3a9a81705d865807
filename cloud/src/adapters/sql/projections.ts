import { type Clock, describeFailure, type Log, millis, seconds } from '@selvedge/kernel';
import type { FeedSink, Projections } from '../../ports.ts';
import { storeFaults } from './faults.ts';
import type { Projector } from './project/step.ts';

/** Runs the consumers whenever the log has grown, one step after the other, and announces what each has committed. */
export interface RunningProjections extends Projections {
  /** The log has grown by so many bytes of bodies. */
  wake(bytes?: number): void;
  /**
   * Settles when the consumers are close behind the log, so that it may grow: a flood of old readings must not keep new
   * ones from being seen. While a step fails nobody waits for it: taking in data is more than showing it.
   */
  room(): Promise<void>;
  /** As `catchUp`, but settles also when a step has failed and its next attempt is still to come. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** Somebody who waits until the log up to `target` is projected; the impatient one only until a step has failed. */
interface Waiting {
  readonly target: number;
  readonly patient: boolean;
  readonly done: PromiseWithResolvers<void>;
}

/** Bytes of bodies in the log that the consumers may be behind, about half a second of their work. */
const behindMax = 2 * 2 ** 20;
/** Time between having caught up and the next step. */
const restMin = millis(250);
const retryMin = millis(100);
const retryMax = seconds(30);

export function runProjections(
  projector: Projector,
  world: { readonly clock: Clock; readonly log: Log; readonly feed: FeedSink },
): RunningProjections {
  const { clock, log } = world;
  const stopping = new AbortController();
  const waiting = new Set<Waiting>();
  let running: Promise<void> | undefined;
  let resting: AbortController | undefined;
  let isAwake = false;
  let position = -1;
  /** Bytes that were appended before and since the step that is under way began. */
  let behind = 0;
  let before = 0;
  const growing: (() => void)[] = [];
  let failures = 0;
  let restedAt = Number.NEGATIVE_INFINITY;

  const turn = (): Promise<void> => new Promise((resolve) => clock.soon(resolve));

  async function run(): Promise<void> {
    // Who made the log grow is told first that it has.
    await turn();
    while (isAwake && !stopping.signal.aborted) {
      await rest();
      isAwake = false;
      try {
        const more = await step();
        isAwake ||= more;
        failures = 0;
        if (!more) restedAt = clock.ticks();
        await turn();
      } catch (cause) {
        isAwake = true;
        await failed(cause);
      }
    }
  }

  /** Lets the log grow a little, unless somebody waits: a step costs by the devices it touches, not by their readings. */
  async function rest(): Promise<void> {
    const left = millis(restMin - (clock.ticks() - restedAt));
    if (left <= 0 || waiting.size > 0 || growing.length > 0 || stopping.signal.aborted) return;
    resting = new AbortController();
    await clock.sleep(left, AbortSignal.any([resting.signal, stopping.signal])).catch(() => undefined);
    resting = undefined;
  }

  /** Gives whether there is more to do. */
  async function step(): Promise<boolean> {
    before = behind;
    const { events, poison, position: at, more, bytes } = await projector.step(clock.wall());
    behind = more ? Math.max(0, behind - bytes) : behind - before;
    if (behind <= behindMax) release();
    if (poison > 0) log.warn('records.set-aside', { count: poison, position: at });
    for (const event of events) world.feed.publish(event);
    position = at;
    tell((one) => one.target <= position);
    return more;
  }

  async function failed(cause: unknown): Promise<void> {
    failures += 1;
    const wait = millis(Math.min(retryMax, retryMin * 2 ** (failures - 1)));
    log.error('projections.failed', { ...describeFailure(cause), attempt: failures, retryInMs: wait });
    tell((one) => !one.patient);
    release();
    await clock.sleep(wait, stopping.signal).catch(() => undefined);
  }

  function release(): void {
    for (const go of growing.splice(0)) go();
  }

  function tell(isMeant: (one: Waiting) => boolean): void {
    for (const one of waiting) {
      if (!isMeant(one)) continue;
      waiting.delete(one);
      one.done.resolve();
    }
  }

  function wake(bytes = 0): void {
    behind += bytes;
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
    resting?.abort();
    return done.promise;
  }

  return {
    wake,
    room() {
      if (behind <= behindMax || failures > 0 || stopping.signal.aborted) return Promise.resolve();
      resting?.abort();
      return new Promise((resolve) => growing.push(resolve));
    },
    catchUp: () => reach(true),
    settle: () => reach(false),
    async stop() {
      stopping.abort();
      release();
      await running;
      for (const { done } of waiting) done.reject(storeFaults('STORE_CLOSED', 'the store was closed'));
      waiting.clear();
    },
  };
}
