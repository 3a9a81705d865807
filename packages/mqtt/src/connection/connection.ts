import type { Duplex } from 'node:stream';
import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import { type AcknowledgementKind, encodeAcknowledgement, pubrel } from '../packets/acknowledgement.ts';
import { encodeDisconnect } from '../packets/disconnect.ts';
import { encodePublishHead, publishBodySize } from '../packets/publish.ts';
import { varintSize } from '../packets/writer.ts';
import type { About, Publisher } from '../ports.ts';
import { reason, reasonName } from '../reason.ts';
import type { Parcel } from '../router/parcel.ts';
import type { Topic } from '../router/topics.ts';
import type { Line } from '../session/line.ts';
import type { Session } from '../session/session.ts';
import { Acks } from './acks.ts';
import type { Flushable } from './flusher.ts';
import { type FrameSink, Frames } from './frames.ts';
import { Outbox } from './outbox.ts';
import { receive } from './receive.ts';
import type { Member } from './turn.ts';

/** Time a closed connection has to take its last bytes, in milliseconds. */
const lingerMs = 2_000;
/** Payloads up to this size are copied into the write; larger ones are sent from where they lie. */
const copiedMax = 4_096;

/**
 * fresh: nothing is known · asking: CONNECT has come, access or store is asked · open: in a session ·
 * closing: the last bytes leave, nothing is read any more · closed.
 */
export type Phase = 'fresh' | 'asking' | 'open' | 'closing' | 'closed';

/** One client's byte stream: bytes in, packets to their receivers, bytes out. */
export class Connection implements FrameSink, Line, Member, Flushable {
  readonly hub: Hub;
  readonly about: About;
  readonly stream: Duplex;
  readonly openedAt: number;
  phase: Phase = 'fresh';
  version: 4 | 5 = 4;
  /** Both are there from the end of authentication on. */
  publisher!: Publisher;
  session!: Session;
  /** Clock ticks. */
  heardAt: number;
  closeBy = Number.POSITIVE_INFINITY;
  /** Milliseconds of silence after which the client counts as gone; Infinity without keep-alive. */
  silenceMax = Number.POSITIVE_INFINITY;
  /** What the client takes: largest packet. */
  packetSizeMax = Number.POSITIVE_INFINITY;
  readonly acks = new Acks();
  /** The topic of the last publish: mostly also that of the next. */
  topic: Topic | undefined = undefined;
  aliases: (Topic | undefined)[] | undefined = undefined;
  /** What access said of each topic. */
  permits: Map<string, boolean> | undefined = undefined;
  received = 0;
  delivered = 0;
  readonly #frames: Frames;
  readonly #outbox = new Outbox();
  #batch = 0;
  #takenBytes = 0;
  #sealedBytes = 0;
  #rest: Buffer | undefined = undefined;
  #paused: boolean = false;
  #dirty: boolean = false;
  /** Bytes given to the stream, and how many of them it had taken at `#drainedAt`. */
  #handed = 0;
  #drained = 0;
  #drainedAt: number;

  constructor(hub: Hub, stream: Duplex, about: About) {
    this.hub = hub;
    this.stream = stream;
    this.about = about;
    this.openedAt = hub.clock.ticks();
    this.heardAt = this.openedAt;
    this.#drainedAt = this.openedAt;
    this.#frames = new Frames(hub.limits.connectSizeMax);
    stream.on('data', (chunk: Buffer) => this.#data(chunk));
    stream.on('end', () => stream.destroy());
    stream.on('error', (cause) =>
      hub.log.debug('mqtt.connection.failed', { address: about.address, ...describeFailure(cause) }),
    );
    stream.on('close', () => this.#closed());
  }

  // ── in ──

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
    this.acks.release(this.#outbox);
    this.#touch();
    this.#steer();
  }

  refuse(batch: number): void {
    const { session } = this;
    session.forgetIncoming(batch);
    // A later connection of the session may have staged a PUBREC for what now is not kept.
    for (const one of [this, session.connection]) one?.close(reason.quotaExceeded, 'the messages could not be kept');
  }

  /** The session is decided: packets are taken from here on. */
  open(): void {
    this.phase = 'open';
    this.#frames.sizeMax = this.hub.limits.packetSizeMax;
    this.stream.on('drain', () => this.session.outgoing.pump());
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#feed(rest);
    this.#steer();
  }

  #data(chunk: Buffer): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.heardAt = this.hub.clock.ticks();
    if (this.phase === 'asking') this.#rest = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    else this.#feed(chunk);
    this.#steer();
  }

  #feed(chunk: Buffer): void {
    try {
      const used = this.#frames.feed(chunk, 0, this);
      // Read on `as Phase`: the packets may have changed it.
      if ((this.phase as Phase) === 'asking' && used < chunk.length) this.#rest = chunk.subarray(used);
    } catch (cause) {
      this.hub.log.error('mqtt.connection.failed', { address: this.about.address, ...describeFailure(cause) });
      this.close(reason.implementationSpecific, 'the server failed');
    }
  }

  /** Reads on, or not: a client waits while it is being authenticated, and while too much of it awaits the commit. */
  #steer(): void {
    const wait = this.phase === 'asking' || this.#takenBytes + this.#sealedBytes > this.hub.limits.uncommittedMax;
    const pause = wait && this.phase !== 'closing' && this.phase !== 'closed';
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.stream.pause();
    else this.stream.resume();
  }

  // ── out ──

  get roomy(): boolean {
    return this.stream.writableLength + this.#outbox.size < this.hub.limits.outgoingMax;
  }

  send(bytes: Uint8Array): void {
    this.#outbox.append(bytes);
    this.#touch();
  }

  sendAcknowledgement(kind: AcknowledgementKind, packetId: number, code: number): void {
    const told = code !== 0 && this.version === 5;
    const at = this.#outbox.reserve(told ? 5 : 4);
    encodeAcknowledgement(this.#outbox.bytes, at, kind, packetId, code, this.version);
    this.#touch();
  }

  sendRelease(packetId: number, code: number): void {
    this.sendAcknowledgement(pubrel, packetId, code);
  }

  sendPublish(
    parcel: Parcel,
    qos: 0 | 1 | 2,
    retain: boolean,
    duplicate: boolean,
    packetId: number,
    subscriptionIds: readonly number[],
  ): boolean {
    const properties = this.version === 5 ? parcel.propertiesFor(this.hub.clock.ticks(), subscriptionIds) : undefined;
    const form = { qos, retain, duplicate, packetId, properties };
    const topic = parcel.topic.bytes;
    const { payload } = parcel;
    const size = publishBodySize(topic.length, payload.length, form);
    const whole = 1 + varintSize(size) + size;
    if (whole > this.packetSizeMax) {
      this.hub.tally.dropped('too-large', 1);
      return false;
    }
    const outbox = this.#outbox;
    const copied = payload.length <= copiedMax;
    const at = outbox.reserve(copied ? whole : whole - payload.length);
    const behind = encodePublishHead(outbox.bytes, at, size, topic, form);
    if (copied) outbox.bytes.set(payload, behind);
    else outbox.append(payload);
    this.delivered += 1;
    this.hub.tally.deliveries[qos] += 1;
    this.#touch();
    return true;
  }

  flush(): void {
    this.#dirty = false;
    if (this.phase === 'closed' || this.stream.destroyed) return;
    this.#handed += this.#outbox.size;
    this.#outbox.flush(this.stream);
  }

  #touch(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.hub.flusher.add(this);
  }

  // ── the end ──

  /** Says why to a version 5 client, lets the last bytes leave and ends. Its session goes on without it. */
  close(code: number, why?: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    if (this.phase === 'open' && this.version === 5) {
      const bytes = encodeDisconnect(code, why);
      this.#outbox.append(bytes.length <= this.packetSizeMax ? bytes : encodeDisconnect(code, undefined));
    }
    this.#leave(reasonName(code));
    this.flush();
    this.#end();
  }

  /** The client said DISCONNECT, or gets no answer. */
  closeSilently(why: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.#leave(why);
    this.flush();
    this.#end();
  }

  /** True if nothing has come for longer than the keep-alive allows [MQTT-3.1.2-22]. */
  silent(now: number): boolean {
    // While the client is not read, its silence is not its own.
    if (this.#paused) this.heardAt = now;
    return now - this.heardAt > this.silenceMax;
  }

  /** True if the client has bytes waiting and has not taken any of them for `ms`. */
  stalled(now: number, ms: number): boolean {
    const drained = this.#handed - this.stream.writableLength;
    if (drained > this.#drained || this.stream.writableLength === 0) {
      this.#drained = drained;
      this.#drainedAt = now;
    }
    return now - this.#drainedAt > ms;
  }

  /** Ends at once: the peer would not take last words. */
  cut(why: string): void {
    this.#leave(why);
    this.phase = 'closing';
    this.stream.destroy();
  }

  /** The broker stops: nothing more is read. */
  halt(): void {
    this.stream.pause();
  }

  #end(): void {
    this.closeBy = this.hub.clock.ticks() + lingerMs;
    this.stream.end();
    // Unread bytes would turn the end into a reset, which can overtake the last words.
    this.#steer();
    this.stream.resume();
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
