import type { Duration } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import { Parcel } from '../router/parcel.ts';

/** What is told below `$SYS/broker/`, by the names that other brokers have given these topics. */
const topics: readonly (readonly [name: string, value: (hub: Hub, upSeconds: number) => string | number])[] = [
  ['uptime', (_hub, upSeconds) => `${upSeconds} seconds`],
  ['clients/connected', ({ sessions }) => sessions.connected],
  ['clients/disconnected', ({ sessions }) => sessions.count - sessions.connected],
  ['clients/total', ({ sessions }) => sessions.count],
  ['messages/received', ({ tally }) => tally.received],
  ['messages/sent', ({ tally }) => tally.sent],
  ['retained messages/count', ({ router }) => router.retained.count],
  ['queued messages/bytes', ({ tally }) => tally.queuedBytes],
];

/**
 * Tells subscribers how the broker is, as retained messages that no client can change: nobody but the server publishes
 * to topics that begin with `$`. Who may read them is for access to say.
 */
export class Status {
  readonly #hub: Hub;
  readonly #every: Duration | undefined;
  readonly #startedAt: number;
  #at = Number.NEGATIVE_INFINITY;

  /** Without `every` nothing is told. */
  constructor(hub: Hub, every: Duration | undefined) {
    this.#hub = hub;
    this.#every = every;
    this.#startedAt = hub.clock.ticks();
  }

  /** Called at each sweep; acts once in a period. `now` is in clock ticks. */
  sweep(now: number): void {
    if (this.#every === undefined || now - this.#at < this.#every) return;
    this.#at = now;
    const upSeconds = Math.floor((now - this.#startedAt) / 1_000);
    for (const [name, value] of topics) {
      const topic = this.#hub.topics.fromText(`$SYS/broker/${name}`)!;
      const payload = Buffer.from(`${value(this.#hub, upSeconds)}`);
      this.#hub.router.route(new Parcel(topic, payload, 0, true, undefined, now, undefined));
    }
  }
}
