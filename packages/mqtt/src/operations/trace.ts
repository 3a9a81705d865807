import type { Connection } from '../connection/connection.ts';
import type { Hub } from '../hub.ts';
import { describePacket, headerSize, type PacketInfo } from './describe-packet.ts';
import { Heads, headMax } from './heads.ts';

/** One line of a trace. */
export type TraceLine = { readonly at: number } & (
  | ({ readonly kind: 'in' | 'out' } & PacketInfo)
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected'; readonly why: string }
);

/** What one client and the broker said to each other, for a while. Times are wall time in milliseconds. */
export interface Trace {
  readonly clientId: string;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly lines: readonly TraceLine[];
  /** Lines beyond `traceLimits.linesMax`, which are not kept. */
  readonly dropped: number;
}

export const traceLimits = {
  /** Clients traced, or whose trace is still to be read; beyond it the oldest that has ended goes, else the wish is refused. */
  tracesMax: 8,
  linesMax: 2_000,
  secondsMax: 600,
} as const;

interface Running {
  readonly trace: { -readonly [Key in keyof Trace]: Trace[Key] } & { lines: TraceLine[] };
  /** Clock ticks. */
  readonly until: number;
  untap: (() => void) | undefined;
}

/** Watches single clients. While nobody is watched it costs nothing: a watched connection is tapped, the others are as ever. */
export class Traces {
  readonly #hub: Hub;
  readonly #running = new Map<string, Running>();
  #deafen: (() => void) | undefined = undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Begins, or begins anew. Undefined: too many are under way. The client need not be connected yet. */
  start(clientId: string, seconds: number): Trace | undefined {
    const { clock } = this.#hub;
    this.sweep(clock.ticks());
    this.#forget(clientId);
    if (this.#running.size >= traceLimits.tracesMax) {
      const over = [...this.#running].find(([, one]) => clock.ticks() >= one.until);
      if (!over) return undefined;
      this.#forget(over[0]);
    }
    const length = Math.max(1, Math.min(traceLimits.secondsMax, seconds)) * 1_000;
    const startedAt = clock.wall();
    const trace = { clientId, startedAt, endsAt: startedAt + length, lines: [], dropped: 0 };
    const running: Running = { trace, until: clock.ticks() + length, untap: undefined };
    this.#running.set(clientId, running);
    this.#deafen ??= this.#listen();
    const connection = this.#hub.sessions.get(clientId)?.connection;
    if (connection?.phase === 'open') this.#tap(running, connection);
    return trace;
  }

  get(clientId: string): Trace | undefined {
    return this.#running.get(clientId)?.trace;
  }

  /** Ends those whose time is over; what they saw can still be read. `now` is in clock ticks. */
  sweep(now: number): void {
    let watching = false;
    for (const one of this.#running.values()) {
      if (now >= one.until) this.#untap(one);
      else watching = true;
    }
    if (watching) return;
    this.#deafen?.();
    this.#deafen = undefined;
  }

  #listen(): () => void {
    const { connected, disconnected } = this.#hub.events;
    const ends = [
      connected.listen((clientId) => {
        const one = this.#of(clientId);
        const connection = this.#hub.sessions.get(clientId)?.connection;
        if (!one || !connection) return;
        this.#write(one, { at: this.#hub.clock.wall(), kind: 'connected' });
        this.#tap(one, connection);
      }),
      disconnected.listen((clientId, why) => {
        const one = this.#of(clientId);
        if (!one) return;
        this.#untap(one);
        this.#write(one, { at: this.#hub.clock.wall(), kind: 'disconnected', why });
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  #of(clientId: string): Running | undefined {
    const one = this.#running.get(clientId);
    return one && this.#hub.clock.ticks() < one.until ? one : undefined;
  }

  #tap(one: Running, connection: Connection): void {
    this.#untap(one);
    one.untap = tap(connection, (kind, first, body, bytes) => {
      this.#write(one, { at: this.#hub.clock.wall(), kind, ...describePacket(first, body, bytes, connection.version) });
    });
  }

  #untap(one: Running): void {
    one.untap?.();
    one.untap = undefined;
  }

  #write({ trace }: Running, line: TraceLine): void {
    if (trace.lines.length < traceLimits.linesMax) trace.lines.push(line);
    else trace.dropped += 1;
  }

  #forget(clientId: string): void {
    const one = this.#running.get(clientId);
    if (one) this.#untap(one);
    this.#running.delete(clientId);
  }
}

type Note = (kind: 'in' | 'out', first: number, body: Buffer, bytes: number) => void;

/** Puts itself before the connection's packets and before what is written to its stream. Gives the function that ends it. */
function tap(connection: Connection, note: Note): () => void {
  const { stream, in: receiver } = connection;
  const frame = receiver.frame.bind(receiver);
  receiver.sawLarge = (first, bytes, size) => {
    note('in', first, bytes.subarray(0, headMax), size + headerOf(size));
  };
  receiver.frame = (first, bytes, start, end) => {
    const size = end - start;
    note('in', first, bytes.subarray(start, Math.min(end, start + headMax)), size + headerOf(size));
    return frame(first, bytes, start, end);
  };
  const heads = new Heads((head, size) => note('out', head[0]!, head.subarray(headerSize(size)), size));
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = ((...args: unknown[]): boolean => {
    heads.feed(args[0] as Uint8Array);
    return write(...args);
  }) as typeof stream.write;
  return () => {
    Reflect.deleteProperty(receiver, 'frame');
    Reflect.deleteProperty(receiver, 'sawLarge');
    Reflect.deleteProperty(stream, 'write');
  };
}

/** Bytes of the fixed header before a body of that size. */
const headerOf = (size: number): number => (size < 0x80 ? 2 : size < 0x4000 ? 3 : size < 0x20_0000 ? 4 : 5);
