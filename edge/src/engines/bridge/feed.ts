import { type Batch, type Cursor, type Journal, visitRecords } from '@selvedge/journal';
import { localClass, type Reading, readingClasses, readReading, recordKind } from '@selvedge/protocol';
import { type AttemptsParts, attempts } from './attempts.ts';
import { type Flights, flights } from './flights.ts';
import type { BridgeMessage, Dial, Line, LineEvents } from './line.ts';
import type { RelayOptions } from './relay.ts';
import type { BridgeOptions } from './rule.ts';
import type { Way } from './way.ts';

export interface FeedOptions extends Pick<BridgeOptions, 'inFlightMax' | 'retryMin' | 'retryMax'> {
  readonly bridge: string;
}

export interface FeedParts extends AttemptsParts, Pick<RelayOptions, 'decide' | 'onForwarded' | 'onDropped'> {
  readonly sink: Dial;
  /** Asked once the node has started. */
  readonly journal: () => Pick<Journal, 'read' | 'grown' | 'head' | 'cursor' | 'flush'>;
  /** The message that a reading is; undefined where no rule covers it. */
  readonly messageOf: (reading: Reading) => BridgeMessage | undefined;
}

export interface Feed extends Way {
  /** Records of the journal that it has not passed. */
  readonly behind: number;
}

export const feedCursor = (bridge: string): string => `bridge ${bridge}`;

/** What stays at the site does not cross either. */
const readings = readingClasses.filter((klass) => klass !== localClass);

/**
 * Sends readings from the journal to the other broker, by a cursor that holds them there: it moves when that broker has
 * acknowledged, so whatever ends in between, what was not acknowledged is sent again, in order.
 */
export function feed(options: FeedOptions, parts: FeedParts): Feed {
  const { decide, onDropped, onForwarded } = parts;
  const kept = attempts({ bridge: options.bridge, direction: 'readings' }, options, parts);
  let cursor: Cursor | undefined;
  let flying: Flights | undefined;

  /** The place in the journal, which a bridge that is new has at its end. */
  const place = (): Cursor =>
    (cursor ??= parts.journal().cursor(feedCursor(options.bridge), {
      classes: readings,
      holds: true,
      start: parts.journal().head.offset,
    }));

  const send = async (reading: Reading, offset: number, line: Line, window: Flights, signal: AbortSignal) => {
    const message = parts.messageOf(reading);
    if (!message) return;
    const found = decide(message, line.limits);
    if (!found.ok) return onDropped(found.reason, message.topic);
    await window.room(signal);
    if (line.limits.qosMax === 0) {
      line.publish({ ...found.message, qos: 0 }, 0);
      onForwarded();
    } else line.publish(found.message, window.begin(offset, message.topic));
  };

  /** Follows the journal until `signal` aborts. */
  const pump = async (line: Line, window: Flights, signal: AbortSignal): Promise<never> => {
    const journal = parts.journal();
    for (let next = place().offset; ; ) {
      const head = journal.head.offset;
      for await (const batch of journal.read(next, { classes: readings })) {
        for (const [offset, reading] of readingsOf(batch, next)) {
          signal.throwIfAborted();
          await send(reading, offset, line, window, signal);
        }
        next = batch.firstOffset + batch.count;
        window.passed(next);
      }
      next = Math.max(next, head);
      window.passed(next);
      await journal.grown(next, signal);
    }
  };

  const connect = async (signal: AbortSignal, begun: () => void): Promise<unknown> => {
    let line: Line | undefined;
    const over = new AbortController();
    const window = flights({
      place: place(),
      sizeMax: () => Math.min(options.inFlightMax, line?.limits.receiveMax ?? 1),
      onForwarded,
      onDropped,
      onFault: (fault) => over.abort(fault),
    });
    try {
      line = await parts.sink({ session: 'readings', clean: true, receiveMax: 1 }, hearing(window), signal);
      line.open();
      flying = window;
      begun();
      return await pump(line, window, AbortSignal.any([signal, line.lost, over.signal]));
    } catch (cause) {
      return cause;
    } finally {
      flying = undefined;
      await line?.close().catch(() => undefined);
    }
  };

  return {
    get connected() {
      return kept.connected;
    },
    get inFlight() {
      return flying?.size ?? 0;
    },
    get behind() {
      return cursor ? parts.journal().head.offset - cursor.offset : 0;
    },
    async prepare() {
      place();
      // A new place that a power cut takes back would be made anew further on.
      await parts.journal().flush();
    },
    run: (signal) => kept.run(connect, signal),
  };
}

/** The readings of a batch from an offset on. */
function readingsOf(batch: Batch, from: number): readonly (readonly [offset: number, reading: Reading])[] {
  const found: (readonly [number, Reading])[] = [];
  visitRecords(batch, (body, start, end, offset) => {
    const isReading = offset >= from && body[start] === recordKind.reading;
    const reading = isReading ? readReading(body, start, end) : undefined;
    if (reading?.ok) found.push([offset, reading.value]);
  });
  return found;
}

/** It has subscribed to nothing, so acknowledgements are all that comes. */
const hearing = ({ acknowledged }: Flights): LineEvents => ({
  acknowledged,
  published: () => undefined,
  released: () => undefined,
  received: () => undefined,
  completed: () => undefined,
});
