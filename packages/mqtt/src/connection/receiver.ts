import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import { reason } from '../reason.ts';
import type { Assembler } from './assembly.ts';
import type { Connection } from './connection.ts';
import { type FrameSink, Frames } from './frames.ts';
import { LargePublish } from './large-publish.ts';
import { receive } from './receive.ts';
import { type Backlog, packetWork, readWork } from './shares.ts';

const nothing = Buffer.alloc(0);

/** What comes from one client: cut into packets, and each handed over when it may be; until then nothing more is read. */
export class Receiver implements FrameSink, Assembler, Backlog {
  readonly #hub: Hub;
  readonly #connection: Connection;
  readonly #frames: Frames;
  /** Clock ticks. */
  #heardAt: number;
  /** Came, and was not handed over yet. */
  #rest: Buffer = nothing;
  /** Work that may still be done before the others have their turn; negative once more was done. */
  #credit = 0;
  #paused: boolean = false;
  #large: LargePublish | undefined = undefined;
  /** It waits for its turn, for the spool, for memory, or for the router. */
  #waits: boolean = false;

  constructor(hub: Hub, connection: Connection) {
    this.#hub = hub;
    this.#connection = connection;
    this.#heardAt = hub.clock.ticks();
    this.#frames = new Frames(hub.limits.connectSizeMax, hub.spooler?.largeFrom);
  }

  /** Bytes in memory that were not handed over yet. */
  get held(): number {
    return this.#rest.length + this.#frames.held + this.#connection.stream.readableLength;
  }

  /** The next packet may be handed over. */
  get takes(): boolean {
    const { phase } = this.#connection;
    return !this.#waits && (phase === 'open' || phase === 'fresh');
  }

  data(chunk: Buffer): void {
    const { phase } = this.#connection;
    if (phase === 'closing' || phase === 'closed') return;
    this.#heardAt = this.#hub.clock.ticks();
    if (this.takes) {
      this.#credit = readWork;
      this.#feed(chunk);
      if (this.#credit > 0) this.#hub.shares.heard(this, this.#heardAt);
    } else this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.steer();
  }

  frame(first: number, bytes: Buffer, start: number, end: number): boolean {
    this.#credit -= end - start + packetWork;
    return receive(this.#connection, first, bytes, start, end) && this.#credit > 0;
  }

  broken(code: number, why: string): void {
    this.#connection.fail(code, why);
  }

  large(first: number, size: number): boolean {
    if (first >> 4 !== 3 || this.#connection.phase !== 'open' || !this.#hub.spooler?.takes(size)) return false;
    this.#large = new LargePublish(this.#connection, first, size);
    return true;
  }

  largeOver(): void {
    this.#large = undefined;
  }

  /** For a trace: a PUBLISH that came past `frame`, with the beginning of its body. */
  sawLarge(_first: number, _bytes: Buffer, _size: number): void {}

  assemble(size: number): void {
    this.#waits = !this.#hub.assembly.enter(this, size);
  }

  assembled(): void {
    this.#hub.assembly.leave(this);
  }

  admitted(): void {
    this.#hub.clock.soon(() => this.goOn());
  }

  expelled(): void {
    this.#connection.close(reason.quotaExceeded, 'others wait for the memory that a packet takes');
  }

  /** The session is decided: larger packets are taken from here on, and what came meanwhile. */
  open(): void {
    this.#frames.sizeMax = this.#hub.limits.packetSizeMax;
    this.goOn();
  }

  /** Nothing more is handed over until `goOn`. */
  wait(): void {
    this.#waits = true;
  }

  /** Does what it waited for, and hands over what came meanwhile. */
  goOn(task?: () => void): void {
    this.#waits = false;
    if (!this.takes) return;
    try {
      task?.();
    } catch (cause) {
      this.#broke(cause);
    }
    this.#credit = readWork;
    this.#feedRest();
  }

  pay(work: number): void {
    this.#waits = false;
    this.#credit += work;
    if (this.#credit > 0) this.#feedRest();
    else this.#defer();
  }

  /**
   * Reads on, or not: a client waits while it is being authenticated, while too much of it awaits the commit, while the
   * spool takes what it sends or there is no memory for it, while a packet of it waits for those before, while others
   * have their turn, and while it does not read what it is answered.
   */
  steer(): void {
    const { phase, stream, out, uncommitted } = this.#connection;
    if (phase === 'closing' || phase === 'closed') return;
    const pause = phase === 'asking' || this.#waits || uncommitted > this.#hub.limits.uncommittedMax || out.flooded;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) stream.pause();
    else stream.resume();
  }

  /** True if nothing has come for longer than `ms`. */
  silent(now: number, ms: number): boolean {
    // While the client is not read, its silence is not its own.
    if (this.#paused) this.#heardAt = now;
    return now - this.#heardAt > ms;
  }

  /** True if nothing has come for `ms` in the midst of a large packet. */
  dawdles(now: number, ms: number): boolean {
    return (this.#large !== undefined || this.#frames.assembling) && !this.#paused && now - this.#heardAt > ms;
  }

  /** The connection ends: what was not handed over is thrown away. */
  end(): void {
    this.#rest = nothing;
    this.#large?.abandon();
    this.#large = undefined;
    this.#hub.assembly.leave(this);
  }

  #feedRest(): void {
    const rest = this.#rest;
    this.#rest = nothing;
    if (rest.length > 0) this.#feed(rest);
    this.steer();
  }

  #feed(chunk: Buffer): void {
    try {
      let used = 0;
      do used = this.#large ? this.#large.feed(chunk, used) : this.#frames.feed(chunk, used, this);
      while (used < chunk.length && this.#credit > 0 && this.takes);
      if (this.#credit <= 0 && this.takes) this.#defer();
      if (used < chunk.length) this.#keep(chunk, used);
    } catch (cause) {
      this.#broke(cause);
    }
  }

  #defer(): void {
    this.#waits = true;
    this.#hub.shares.defer(this);
  }

  #keep(chunk: Buffer, from: number): void {
    const { phase } = this.#connection;
    if (phase === 'closing' || phase === 'closed') return;
    const rest = chunk.subarray(from);
    // Nobody knows yet who this is: a few bytes must not hold the whole buffer of a read.
    this.#rest = phase === 'asking' ? Buffer.from(rest) : rest;
  }

  #broke(cause: unknown): void {
    this.#hub.log.error('mqtt.connection.failed', {
      address: this.#connection.about.address,
      ...describeFailure(cause),
    });
    this.#connection.close(reason.implementationSpecific, 'the server failed');
  }
}
