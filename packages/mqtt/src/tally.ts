import type { Metrics } from '@selvedge/kernel';
import type { mqttMetrics } from './metrics.ts';
import { reasonName } from './reason.ts';

/** Why a message did not reach a client. */
export type DropReason =
  | 'queue-full'
  | 'slow'
  | 'expired'
  | 'too-large'
  | 'unreadable'
  | 'not-retained'
  | 'commit-refused'
  | 'not-authorized';

const qosNames = ['0', '1', '2'] as const;

/** Counts in plain fields on the hot path, and carries the sums to the meters once per batch. */
export class Tally {
  readonly #metrics: Metrics<typeof mqttMetrics>;
  readonly publishes: [number, number, number] = [0, 0, 0];
  publishedBytes = 0;
  readonly deliveries: [number, number, number] = [0, 0, 0];
  /** PUBLISH packets of clients and to clients since the start, as of the last report. */
  received = 0;
  sent = 0;
  /** Payload bytes in the queues of all sessions. */
  queuedBytes = 0;
  /** Of the assembly, as of the last report. */
  #waits = 0;
  #deferred = 0;

  constructor(metrics: Metrics<typeof mqttMetrics>) {
    this.#metrics = metrics;
  }

  dropped(why: DropReason, count: number): void {
    this.#metrics.dropped.add(count, why);
  }

  refused(code: number): void {
    this.#metrics.refused.add(1, reasonName(code));
  }

  malformed(code: number): void {
    this.#metrics.malformed.add(1, reasonName(code));
  }

  connected(code: number): void {
    this.#metrics.connects.add(1, reasonName(code));
  }

  disconnected(why: string): void {
    this.#metrics.disconnects.add(1, why);
  }

  /** Somebody was cut before it was authenticated. */
  turnedAway(why: string): void {
    this.#metrics.turnedAway.add(1, why);
  }

  /** Carries what was counted since the last call. */
  report(): void {
    for (const qos of [0, 1, 2] as const) {
      if (this.publishes[qos] > 0) this.#metrics.publishes.add(this.publishes[qos], qosNames[qos]);
      if (this.deliveries[qos] > 0) this.#metrics.deliveries.add(this.deliveries[qos], qosNames[qos]);
      this.received += this.publishes[qos];
      this.sent += this.deliveries[qos];
      this.publishes[qos] = 0;
      this.deliveries[qos] = 0;
    }
    if (this.publishedBytes > 0) this.#metrics.publishedBytes.add(this.publishedBytes);
    this.publishedBytes = 0;
  }

  gauge(clients: number, sessions: number, retained: number): void {
    this.#metrics.clients.set(clients);
    this.#metrics.sessions.set(sessions);
    this.#metrics.retained.set(retained);
    this.#metrics.queuedBytes.set(this.queuedBytes);
  }

  /** Of those not yet authenticated, and of those that wait for their share; `deferred` counts since the start. */
  gaugeReading(arrivals: number, deferred: number): void {
    this.#metrics.arrivals.set(arrivals);
    if (deferred > this.#deferred) this.#metrics.deferrals.add(deferred - this.#deferred);
    this.#deferred = deferred;
  }

  /** Of large packets; `assembly` counts its waits since the start. */
  gaugeLarge(assembly: { readonly bytes: number; readonly waits: number }, spooledBytes: number): void {
    this.#metrics.assemblingBytes.set(assembly.bytes);
    if (assembly.waits > this.#waits) this.#metrics.assemblyWaits.add(assembly.waits - this.#waits);
    this.#waits = assembly.waits;
    this.#metrics.spooledBytes.set(spooledBytes);
  }
}
