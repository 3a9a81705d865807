import type { Duplex } from 'node:stream';
import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import { encodeDisconnect } from '../packets/disconnect.ts';
import type { About, Publisher } from '../ports.ts';
import { reason, reasonName } from '../reason.ts';
import type { Topic } from '../router/topics.ts';
import type { Session } from '../session/session.ts';
import { Acks } from './acks.ts';
import type { Assembler } from './assembly.ts';
import { type FrameSink, Frames } from './frames.ts';
import { LargePublish } from './large-publish.ts';
import { receive } from './receive.ts';
import { Sender } from './sender.ts';
import type { Member } from './turn.ts';

/** Time a closed connection has to take its last bytes, in milliseconds. */
const lingerMs = 2_000;

/** What one connection may have processed in a turn of the event loop: a flood must not keep the others waiting. */
const turnBytes = 16_384;

/**
 * fresh: nothing is known · asking: CONNECT has come, access or store is asked · open: in a session ·
 * closing: the last bytes leave, nothing is read any more · closed.
 */
export type Phase = 'fresh' | 'asking' | 'open' | 'closing' | 'closed';

/** One client's byte stream: bytes in, packets to their receivers, acknowledgements out when the commit allows. */
export class Connection implements FrameSink, Member, Assembler {
  readonly hub: Hub;
  readonly about: About;
  readonly stream: Duplex;
  readonly out: Sender;
  readonly acks = new Acks();
  /** Clock ticks. */
  readonly openedAt: number;
  closeBy = Number.POSITIVE_INFINITY;
  phase: Phase = 'fresh';
  version: 4 | 5 = 4;
  /** Acknowledgements may say more than their code [MQTT-3.1.2-29]. */
  explains: boolean = false;
  /** Both are there from the end of authentication on. */
  publisher!: Publisher;
  session!: Session;
  /** Milliseconds of silence after which the client counts as gone; Infinity without keep-alive. */
  silenceMax = Number.POSITIVE_INFINITY;
  /** The topic of the last publish: mostly also that of the next. */
  topic: Topic | undefined = undefined;
  aliases: (Topic | undefined)[] | undefined = undefined;
  /** What access said of each topic. */
  permits: Map<string, boolean> | undefined = undefined;
  /** PUBLISH packets taken. */
  received = 0;
  readonly #frames: Frames;
  #heardAt: number;
  #batch = 0;
  #takenBytes = 0;
  #sealedBytes = 0;
  #rest: Buffer | undefined = undefined;
  #paused: boolean = false;
  #large: LargePublish | undefined = undefined;
  /** It waits for the spool, for memory, or for the router. */
  #waits: boolean = false;
  /** The packet that waits until what this client has published is routed. */
  #postponed: (() => void) | undefined = undefined;

  constructor(hub: Hub, stream: Duplex, about: About) {
    this.hub = hub;
    this.stream = stream;
    this.about = about;
    this.out = new Sender(hub, stream);
    this.openedAt = hub.clock.ticks();
    this.#heardAt = this.openedAt;
    this.#frames = new Frames(hub.limits.connectSizeMax, hub.spooler?.largeFrom);
    stream.on('data', (chunk: Buffer) => this.#data(chunk));
    stream.on('end', () => stream.destroy());
    stream.on('close', () => this.#closed());
    stream.on('error', (cause) => {
      hub.log.debug('mqtt.connection.lost', { address: about.address, ...describeFailure(cause) });
    });
  }

  frame(first: number, bytes: Buffer, start: number, end: number): boolean {
    return receive(this, first, bytes, start, end);
  }

  broken(code: number, why: string): void {
    this.fail(code, why);
  }

  large(first: number, size: number): boolean {
    if (first >> 4 !== 3 || this.phase !== 'open' || !this.hub.spooler?.takes(size)) return false;
    this.#large = new LargePublish(this, first, size);
    return true;
  }

  largeOver(): void {
    this.#large = undefined;
  }

  /** For a trace: a PUBLISH that came past `frame`, with the beginning of its body. */
  sawLarge(_first: number, _bytes: Buffer, _size: number): void {}

  assemble(size: number): void {
    this.#waits = !this.hub.assembly.enter(this, size);
  }

  assembled(): void {
    this.hub.assembly.leave(this);
  }

  admitted(): void {
    this.hub.clock.soon(() => this.goOn());
  }

  expelled(): void {
    this.close(reason.quotaExceeded, 'others wait for the memory that a packet takes');
  }

  /** Nothing more is read until `goOn`. */
  wait(): void {
    this.#waits = true;
  }

  /** Does what it waited for, and reads on. */
  goOn(task?: () => void): void {
    this.#waits = false;
    if (!this.#takes) return;
    try {
      task?.();
    } catch (cause) {
      this.#broke(cause);
    }
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#feed(rest);
    this.#steer();
  }

  /** Something of this client awaits its commit: it is neither routed nor acknowledged yet. */
  get busy(): boolean {
    return this.#batch > this.hub.turn.settled;
  }

  /** Takes this packet, and all behind it, once the connection is no longer `busy`. Gives false. */
  postpone(first: number, bytes: Buffer, start: number, end: number): false {
    const body = Buffer.from(bytes.subarray(start, end));
    this.#postponed = () => receive(this, first, body, 0, body.length);
    this.wait();
    return false;
  }

  /** An answer that must not overtake the acknowledgements of what came before. */
  answer(bytes: Uint8Array): void {
    if (!this.busy) {
      this.out.send(bytes);
      return;
    }
    this.acks.append(bytes);
    this.enlist(bytes.length);
  }

  /** What the client sent cannot be accepted: counted, told where the version allows it, closed. Gives false. */
  fail(code: number, why: string): false {
    this.hub.tally.malformed(code);
    this.hub.log.debug('mqtt.packet.refused', { address: this.about.address, reason: reasonName(code), why });
    this.close(code, why);
    return false;
  }

  /** Takes part in the batch being filled, with `bytes` more to be committed. */
  enlist(bytes: number): void {
    this.#takenBytes += bytes;
    const { turn } = this.hub;
    if (this.#batch === turn.filling) return;
    this.#batch = turn.filling;
    turn.enlist(this);
  }

  seal(): void {
    this.acks.seal();
    this.#sealedBytes = this.#takenBytes;
    this.#takenBytes = 0;
  }

  release(): void {
    this.#sealedBytes = 0;
    if (this.phase !== 'open') return;
    this.acks.release(this.out.outbox);
    this.out.touch();
    const task = this.busy ? undefined : this.#postponed;
    if (!task) {
      this.#steer();
      return;
    }
    this.#postponed = undefined;
    this.goOn(task);
  }

  refuse(batch: number): void {
    const { session } = this;
    session.forgetIncoming(batch);
    // A later connection of the session may have staged a PUBREC for what now is not kept.
    for (const one of [this, session.connection]) one?.close(reason.quotaExceeded, 'the messages could not be kept');
  }

  /** The session is decided: packets are taken from here on. False: somebody who heard of it has closed it at once. */
  open(): boolean {
    this.phase = 'open';
    this.#frames.sizeMax = this.hub.limits.packetSizeMax;
    this.out.whenRoomy = () => this.session.outgoing.pump();
    this.out.whenPoured = () => this.#steer();
    this.stream.on('drain', () => {
      this.out.whenRoomy();
      this.#steer();
    });
    this.hub.events.connected.tell(this.publisher.clientId);
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#feed(rest);
    this.#steer();
    return (this.phase as Phase) === 'open';
  }

  /** True if nothing has come for longer than the keep-alive allows [MQTT-3.1.2-22]. */
  silent(now: number): boolean {
    // While the client is not read, its silence is not its own.
    if (this.#paused) this.#heardAt = now;
    return now - this.#heardAt > this.silenceMax;
  }

  /** True if nothing has come for `ms` in the midst of a large packet. */
  dawdles(now: number, ms: number): boolean {
    return (this.#large !== undefined || this.#frames.assembling) && !this.#paused && now - this.#heardAt > ms;
  }

  /** Says why to a version 5 client, lets the last bytes leave and ends. Its session goes on without it. */
  close(code: number, why?: string): void {
    if (this.phase === 'open' && this.version === 5) {
      const bytes = encodeDisconnect(code, why);
      // [MQTT-3.14.2-3]
      this.out.send(bytes.length <= this.out.packetSizeMax ? bytes : encodeDisconnect(code, undefined));
    }
    this.closeSilently(reasonName(code));
  }

  /** The same without a DISCONNECT: the client said it itself, or was told in another way. */
  closeSilently(why: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.#leave(why);
    this.out.flush();
    this.closeBy = this.hub.clock.ticks() + lingerMs;
    this.stream.end();
    // Bytes left unread would turn the end into a reset, which can overtake the last words.
    this.stream.resume();
  }

  /** Ends at once: the peer would not take last words. */
  cut(why: string): void {
    this.#leave(why);
    this.stream.destroy();
  }

  /** Nothing more is read. */
  halt(): void {
    this.stream.pause();
  }

  /** Closes, and does not wait for the peer to do the same. */
  closeForGood(code: number, why: string): void {
    this.close(code, why);
    if (this.stream.writableFinished) this.stream.destroy();
    else this.stream.once('finish', () => this.stream.destroy());
  }

  #data(chunk: Buffer): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.#heardAt = this.hub.clock.ticks();
    if (this.phase === 'asking' || this.#waits) this.#rest = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    else this.#feed(chunk);
    this.#steer();
  }

  #feed(chunk: Buffer): void {
    // What goes into the spool waits for it after each piece anyway, so its pieces are those of the reads.
    const piece = chunk.length > turnBytes && !this.#large ? chunk.subarray(0, turnBytes) : chunk;
    try {
      let used = 0;
      do used = this.#large ? this.#large.feed(piece, used) : this.#frames.feed(piece, used, this);
      while (used < piece.length && this.#takes);
      if (used === chunk.length) return;
      if (this.#takes) {
        this.wait();
        this.hub.clock.soon(() => this.goOn());
      }
      if (this.phase === 'asking' || this.#waits) this.#rest = chunk.subarray(used);
    } catch (cause) {
      this.#broke(cause);
    }
  }

  get #takes(): boolean {
    return !this.#waits && (this.phase === 'open' || this.phase === 'fresh');
  }

  #broke(cause: unknown): void {
    this.hub.log.error('mqtt.connection.failed', { address: this.about.address, ...describeFailure(cause) });
    this.close(reason.implementationSpecific, 'the server failed');
  }

  /**
   * Reads on, or not: a client waits while it is being authenticated, while too much of it awaits the commit, while the
   * spool takes what it sends or there is no memory for it, while a packet of it waits for those before, and while it
   * does not read what it is answered.
   */
  #steer(): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    const uncommitted = this.#takenBytes + this.#sealedBytes;
    const pause =
      this.phase === 'asking' || this.#waits || uncommitted > this.hub.limits.uncommittedMax || this.out.flooded;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.stream.pause();
    else this.stream.resume();
  }

  #leave(why: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.phase = 'closing';
    this.#rest = undefined;
    this.#postponed = undefined;
    this.#large?.abandon();
    this.#large = undefined;
    this.hub.assembly.leave(this);
    this.hub.connections.settled(this);
    this.hub.sessions.detach(this, why);
  }

  #closed(): void {
    this.#leave('connection-lost');
    this.phase = 'closed';
    this.out.end();
    this.hub.connections.remove(this);
  }
}
