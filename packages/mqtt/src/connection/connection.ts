import type { Duplex } from 'node:stream';
import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import { encodeDisconnect } from '../packets/disconnect.ts';
import type { About, Publisher } from '../ports.ts';
import { reason, reasonName } from '../reason.ts';
import type { Topic } from '../router/topics.ts';
import type { Session } from '../session/session.ts';
import { Acks } from './acks.ts';
import type { Arrival, Guest } from './arrivals.ts';
import { receive } from './receive.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import type { Member } from './turn.ts';

/** Time a closed connection has to take its last bytes, in milliseconds. */
const lingerMs = 2_000;

/**
 * fresh: nothing is known · asking: CONNECT has come, access or store is asked · open: in a session ·
 * closing: the last bytes leave, nothing is read any more · closed.
 */
export type Phase = 'fresh' | 'asking' | 'open' | 'closing' | 'closed';

/** One client's byte stream: packets in, acknowledgements out when the commit allows, and in between its session. */
export class Connection implements Member, Guest {
  readonly hub: Hub;
  readonly about: About;
  readonly stream: Duplex;
  readonly in: Receiver;
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
  #arrival: Arrival | undefined;
  #batch = 0;
  #takenBytes = 0;
  #sealedBytes = 0;
  /** The packet that waits until what this client has published is routed. */
  #postponed: (() => void) | undefined = undefined;

  /** Without an arrival to take over from a bare socket it is one itself. */
  constructor(hub: Hub, stream: Duplex, about: About, arrival?: Arrival) {
    this.hub = hub;
    this.stream = stream;
    this.about = about;
    this.openedAt = hub.clock.ticks();
    this.in = new Receiver(hub, this);
    this.out = new Sender(hub, stream);
    if (arrival) arrival.guest = this;
    this.#arrival = arrival ?? hub.arrivals.add(this);
    stream.on('data', (chunk: Buffer) => this.in.data(chunk));
    stream.on('end', () => stream.destroy());
    stream.on('close', () => this.#closed());
    stream.on('error', (cause) => {
      hub.log.debug('mqtt.connection.lost', { address: about.address, ...describeFailure(cause) });
    });
  }

  get held(): number {
    return this.in.held;
  }

  /** Bytes taken from it that await their commit. */
  get uncommitted(): number {
    return this.#takenBytes + this.#sealedBytes;
  }

  /** Something of this client awaits its commit: it is neither routed nor acknowledged yet. */
  get busy(): boolean {
    return this.#batch > this.hub.turn.settled;
  }

  /** Takes this packet, and all behind it, once the connection is no longer `busy`. Gives false. */
  postpone(first: number, bytes: Buffer, start: number, end: number): false {
    const body = Buffer.from(bytes.subarray(start, end));
    this.#postponed = () => receive(this, first, body, 0, body.length);
    this.in.wait();
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
      this.in.steer();
      return;
    }
    this.#postponed = undefined;
    this.in.goOn(task);
  }

  refuse(batch: number): void {
    const { session } = this;
    session.forgetIncoming(batch);
    // A later connection of the session may have staged a PUBREC for what now is not kept.
    for (const one of [this, session.connection]) one?.close(reason.quotaExceeded, 'the messages could not be kept');
  }

  /** It is authenticated, or over. */
  settled(): void {
    if (this.#arrival) this.hub.arrivals.leave(this.#arrival);
    this.#arrival = undefined;
  }

  /** The session is decided: packets are taken from here on. False: somebody who heard of it has closed it at once. */
  open(): boolean {
    this.phase = 'open';
    this.out.whenRoomy = () => this.session.outgoing.pump();
    this.out.whenPoured = () => this.in.steer();
    this.stream.on('drain', () => {
      this.out.whenRoomy();
      this.in.steer();
    });
    this.hub.events.connected.tell(this.publisher.clientId);
    this.in.open();
    return (this.phase as Phase) === 'open';
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

  #leave(why: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.phase = 'closing';
    this.#postponed = undefined;
    this.in.end();
    this.settled();
    this.hub.sessions.detach(this, why);
  }

  #closed(): void {
    this.#leave('connection-lost');
    this.phase = 'closed';
    this.out.end();
    this.hub.connections.remove(this);
  }
}
