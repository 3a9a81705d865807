import { type Clock, every, type Fault, isFault, seconds } from '@selvedge/kernel';
import { topics, type Value } from '@selvedge/protocol';
import { deviceFaults } from '../../faults.ts';
import type { Connection, OutboxLane, Store } from '../../ports.ts';
import { checkReading, encodeNamedReading } from './reading-payload.ts';
import { outboxWindow, type Waiting, type WindowLimits } from './window.ts';

export interface ReportOptions {
  /** When it was taken, in milliseconds since the Unix epoch. Default: now. */
  readonly takenAt?: number;
  /** It may give way to a newer one when the outbox is full and `whenFull` is `drop-oldest`. */
  readonly expendable?: boolean;
}

export interface OutboxStatus {
  /** Readings that wait for their acknowledgement, those in flight among them. */
  readonly pending: number;
  readonly pendingBytes: number;
  readonly inFlight: number;
  /** Readings of this start that the outbox took. */
  readonly reported: number;
  readonly acknowledged: number;
  /** Expendable ones that gave way. */
  readonly dropped: number;
  /** Turned away because the outbox was full, or by the edge for ever. */
  readonly refused: number;
}

export interface Sender {
  /** Readings that an earlier start left behind join those that wait. Call it before anything else. */
  recover(): Promise<void>;
  report(values: Readonly<Record<string, Value>>, options: ReportOptions): Promise<void>;
  /** Publishes in order over this connection until it is lost or `signal` aborts; rejects with the reason. */
  run(connection: Connection, signal: AbortSignal): Promise<never>;
  /** Settles when nothing is in flight, or when `lost` aborts. */
  settled(lost: AbortSignal): Promise<void>;
  status(): OutboxStatus;
  /** Rejects everybody who still waits for an acknowledgement. */
  stop(): void;
}

interface Entry extends Waiting {
  /** Absent for readings of an earlier start: nobody waits for them. */
  readonly promise?: PromiseWithResolvers<void>;
}

/** How long an edge may acknowledge nothing of what is in flight. */
const silentMax = seconds(30);

/** Names readings, keeps them, and publishes them with a bounded number in flight until the edge has them. */
export function sender(
  options: {
    readonly id: string;
    readonly outbox: WindowLimits;
    readonly inFlightMax: number;
    readonly boot: () => number;
  },
  world: { readonly store: Store; readonly clock: Clock },
): Sender {
  const { store, clock } = world;
  const window = outboxWindow<Entry>(options.outbox);
  const counts = { reported: 0, acknowledged: 0, dropped: 0, refused: 0 };
  const topic = topics.reading(options.id);
  let seq = 0;
  let progressAt = 0;
  let change = Promise.withResolvers<void>();
  const changed = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };

  const finish = (entry: Entry, failure?: Fault): void => {
    const first = window.finish(entry);
    store.passed(entry.lane, first);
    if (failure) entry.promise?.reject(failure);
    else entry.promise?.resolve();
    progressAt = clock.ticks();
    changed();
  };

  const drop = (entry: Entry): void => {
    counts.dropped += 1;
    // Whoever marks a reading as expendable consents; an unheard rejection must not end the process.
    entry.promise?.promise.catch(() => undefined);
    finish(entry, deviceFaults('READING_DROPPED', `the reading at ${entry.offset} gave way to a newer one`));
  };

  const published = (offset: number): void => {
    const entry = window.find(offset);
    if (!entry) return;
    counts.acknowledged += 1;
    finish(entry);
  };

  const refused = (offset: number, failure: Fault): void => {
    const entry = window.find(offset);
    if (!entry) return;
    counts.refused += 1;
    finish(entry, failure);
  };

  return {
    async recover() {
      for await (const { offset, lane, payload } of store.readings(
        Math.min(store.first('kept'), store.first('expendable')),
      )) {
        if (offset >= store.first(lane)) window.add({ offset, lane, sizeBytes: payload.length });
      }
    },

    async report(values, { takenAt = clock.wall(), expendable = false }) {
      const fit = checkReading(values, takenAt);
      if (!fit.ok) throw deviceFaults('READING_UNFIT', fit.why);
      const payload = encodeNamedReading({ boot: options.boot(), seq, takenAt, values });
      const verdict = window.admit(payload.length);
      if (!verdict.take) {
        counts.refused += 1;
        throw outboxFull(window, options.outbox);
      }
      const lane: OutboxLane = expendable ? 'expendable' : 'kept';
      const offset = store.append(lane, payload);
      for (const oldest of verdict.drop) drop(oldest);
      seq += 1;
      counts.reported += 1;
      const entry: Entry = { offset, lane, sizeBytes: payload.length, promise: Promise.withResolvers<void>() };
      window.add(entry);
      store.commit().catch((cause: Fault) => finishUnkept(entry, cause));
      return entry.promise!.promise;
    },

    async run(connection, signal) {
      window.recall();
      const room = Math.max(1, Math.min(options.inFlightMax, connection.inFlightMax));
      const failed = new AbortController();
      const over = AbortSignal.any([connection.lost, failed.signal, signal]);
      over.addEventListener('abort', changed, { once: true });
      void watchProgress(over, failed);
      for (let next = window.first() ?? store.head; ; ) {
        const head = store.head;
        for await (const reading of store.readings(next)) {
          while (window.inFlight >= room && !over.aborted) await change.promise;
          over.throwIfAborted();
          next = reading.offset + 1;
          if (!window.find(reading.offset)) continue;
          if (window.inFlight === 0) progressAt = clock.ticks();
          window.sent(reading.offset);
          connection.publish(topic, reading.payload).then(
            () => published(reading.offset),
            (cause: unknown) => {
              if (isFault(cause, 'READING_REFUSED')) refused(reading.offset, cause);
              else failed.abort(cause);
            },
          );
        }
        next = Math.max(next, head);
        await store.grown(next, over);
        over.throwIfAborted();
      }
    },

    async settled(lost) {
      lost.addEventListener('abort', changed, { once: true });
      while (window.inFlight > 0 && !lost.aborted) await change.promise;
    },

    status: () => ({ pending: window.count, pendingBytes: window.sizeBytes, inFlight: window.inFlight, ...counts }),

    stop() {
      for (const entry of window.all()) {
        // The reading is safe in the outbox, so a caller who does not listen must not end the process.
        entry.promise?.promise.catch(() => undefined);
        entry.promise?.reject(deviceFaults('DEVICE_STOPPED', `the device stopped before the edge had the reading`));
      }
    },
  };

  /** An edge that is there but acknowledges nothing is tried over a new connection. */
  async function watchProgress(over: AbortSignal, failed: AbortController): Promise<void> {
    await every(clock, silentMax, over, () => {
      if (window.inFlight === 0 || clock.ticks() - progressAt < silentMax) return;
      const message = `${window.inFlight} readings in flight, none acknowledged for ${silentMax / 1_000} s`;
      failed.abort(deviceFaults('CONNECTION_LOST', message));
    });
  }

  function finishUnkept(entry: Entry, cause: Fault): void {
    counts.refused += 1;
    window.forget(entry);
    entry.promise?.reject(cause);
  }
}

const outboxFull = (window: { count: number; sizeBytes: number }, limits: WindowLimits): Fault =>
  deviceFaults(
    'OUTBOX_FULL',
    `${window.count} of ${limits.readingsMax} readings and ${window.sizeBytes} of ${limits.sizeMax} bytes wait for the edge`,
    { readings: window.count, sizeBytes: window.sizeBytes },
  );
