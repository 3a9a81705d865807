import type { Duplex } from 'node:stream';
import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import { encodeDisconnect } from '../packets/disconnect.ts';
import type { About, Publisher } from '../ports.ts';
import { reason, reasonName } from '../reason.ts';
import type { Topic } from '../router/topics.ts';
import type { Session } from '../session/session.ts';
import { Acks } from './acks.ts';
import { type FrameSink, Frames } from './frames.ts';
import { receive } from './receive.ts';
import { Sender } from './sender.ts';
import type { Member } from './turn.ts';

/** Time a closed connection has to take its last bytes, in milliseconds. */
const lingerMs = 2_000;

/**
 * fresh: nothing is known · asking: CONNECT has come, access or store is asked · open: in a session ·
 * closing: the last bytes leave, nothing is read any more · closed.
 */
export type Phase = 'fresh' | 'asking' | 'open' | 'closing' | 'closed';

/** One client's byte stream: bytes in, packets to their receivers, acknowledgements out when the commit allows. */
export class Connection implements FrameSink, Member {
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

  constructor(hub: Hub, stream: Duplex, about: About) {
    this.hub = hub;
    this.stream = stream;
    this.about = about;
    this.out = new Sender(hub, stream);
    this.openedAt = hub.clock.ticks();
    this.#heardAt = this.openedAt;
    this.#frames = new Frames(hub.limits.connectSizeMax);
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
    this.#steer();
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
    if (this.phase === 'asking') this.#rest = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    else this.#feed(chunk);
    this.#steer();
  }

  #feed(chunk: Buffer): void {
    try {
      const used = this.#frames.feed(chunk, 0, this);
      // The packets may have changed the phase, which the compiler does not see.
      if ((this.phase as Phase) === 'asking' && used < chunk.length) this.#rest = chunk.subarray(used);
    } catch (cause) {
      this.hub.log.error('mqtt.connection.failed', { address: this.about.address, ...describeFailure(cause) });
      this.close(reason.implementationSpecific, 'the server failed');
    }
  }

  /**
   * Reads on, or not: a client waits while it is being authenticated, while too much of it awaits the commit, and while
   * it does not read what it is answered.
   */
  #steer(): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    const uncommitted = this.#takenBytes + this.#sealedBytes;
    const pause = this.phase === 'asking' || uncommitted > this.hub.limits.uncommittedMax || this.out.flooded;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.stream.pause();
    else this.stream.resume();
  }

  #leave(why: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.phase = 'closing';
    this.#rest = undefined;
    this.hub.connections.settled(this);
    this.hub.sessions.detach(this, why);
  }

  #closed(): void {
    this.#leave('connection-lost');
    this.phase = 'closed';
    this.hub.connections.remove(this);
  }
}
