import type { Duplex } from 'node:stream';
import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import { type AcknowledgementKind, encodeAcknowledgement, pubrel } from '../packets/acknowledgement.ts';
import { encodePublishHead, publishBodySize } from '../packets/publish.ts';
import { varintSize } from '../packets/writer.ts';
import type { Parcel } from '../router/parcel.ts';
import type { Line } from '../session/line.ts';
import type { Flushable } from './flusher.ts';
import { Outbox } from './outbox.ts';

/** Payloads up to this size are copied into the write; larger ones are sent from where they lie. */
const copiedMax = 4_096;
const noTopic = Buffer.alloc(0);
const nothing = (): void => undefined;

/** What goes to one client: gathered during a turn, written once at its end, and never waited for. */
export class Sender implements Line, Flushable {
  version: 4 | 5 = 4;
  /** Largest packet that the client takes [MQTT-3.1.2-24]. */
  packetSizeMax = Number.POSITIVE_INFINITY;
  /** How many topic aliases the client takes [MQTT-3.1.2-26]. */
  aliasMax = 0;
  /** Called when the client may be able to take more. */
  whenRoomy: () => void = nothing;
  /** Called when a payload of the spool has left. */
  whenPoured: () => void = nothing;
  /** PUBLISH packets sent. */
  delivered = 0;
  readonly outbox = new Outbox();
  readonly #hub: Hub;
  readonly #stream: Duplex;
  readonly #room: number;
  readonly #poured = (failure?: unknown): void => this.#goOn(failure);
  #aliases: Map<string, number> | undefined = undefined;
  #dirty: boolean = false;
  #drained = 0;
  #drainedAt: number;

  constructor(hub: Hub, stream: Duplex) {
    this.#hub = hub;
    this.#stream = stream;
    this.#drainedAt = hub.clock.ticks();
    // Not less than the stream calls full: otherwise nothing would tell when there is room again.
    this.#room = Math.max(hub.limits.outgoingMax, stream.writableHighWaterMark);
  }

  get roomy(): boolean {
    return this.#stream.writableLength + this.outbox.size < this.#room;
  }

  /** More waits than messages alone can amount to: the client asks for answers that it does not read. */
  get flooded(): boolean {
    return this.#stream.writableLength + this.outbox.size > 2 * this.#room;
  }

  send(bytes: Uint8Array): void {
    this.outbox.append(bytes);
    this.touch();
  }

  sendAcknowledgement(kind: AcknowledgementKind, packetId: number, code: number): void {
    const told = code !== 0 && this.version === 5;
    const at = this.outbox.reserve(told ? 5 : 4);
    encodeAcknowledgement(this.outbox.bytes, at, kind, packetId, code, this.version);
    this.touch();
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
    const { payload, spooled, size: payloadSize } = parcel;
    if (spooled?.lost) {
      this.#hub.tally.dropped('unreadable', 1);
      return false;
    }
    const alias = this.#aliasOf(parcel.topic.text);
    const named = alias > 0 && this.#aliases!.has(parcel.topic.text);
    const topic = named ? noTopic : parcel.topic.bytes;
    const v5 = this.version === 5;
    const now = v5 && parcel.expiresAt !== Number.POSITIVE_INFINITY ? this.#hub.clock.ticks() : 0;
    const properties = v5 ? parcel.propertiesFor(now, subscriptionIds, alias) : undefined;
    const form = { qos, retain, duplicate, packetId, properties };
    const size = publishBodySize(topic.length, payloadSize, form);
    const whole = 1 + varintSize(size) + size;
    if (whole > this.packetSizeMax) {
      this.#hub.tally.dropped('too-large', 1);
      return false;
    }
    if (alias > 0 && !named) this.#aliases!.set(parcel.topic.text, alias);
    const { outbox } = this;
    const copied = payloadSize <= copiedMax && !spooled;
    const at = outbox.reserve(copied ? whole : whole - payloadSize);
    const behind = encodePublishHead(outbox.bytes, at, size, topic, form);
    if (copied) outbox.bytes.set(payload, behind);
    else if (spooled) outbox.appendSpooled(spooled);
    else outbox.append(payload);
    this.delivered += 1;
    this.#hub.tally.deliveries[qos] += 1;
    this.touch();
    return true;
  }

  /** Something is to leave at the end of the turn. */
  touch(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    this.#hub.flusher.add(this);
  }

  flush(): void {
    this.#dirty = false;
    if (!this.#stream.writable) return;
    this.outbox.flush(this.#stream, this.#poured);
    // A stream announces room only after it was full; what waited for the outbox alone is called for here.
    if (this.roomy) this.whenRoomy();
  }

  /** The stream is no more. */
  end(): void {
    this.outbox.end();
  }

  /** True if the client has bytes waiting and has not taken any of them for `ms`. */
  stalled(now: number, ms: number): boolean {
    const waiting = this.#stream.writableLength;
    const drained = this.outbox.written - waiting;
    if (drained > this.#drained || waiting === 0) {
      this.#drained = drained;
      this.#drainedAt = now;
    }
    return now - this.#drainedAt > ms;
  }

  /** A payload of the spool has left, or in the midst of a packet there is no more of it: then nothing else can follow. */
  #goOn(failure: unknown): void {
    if (failure === undefined) {
      this.flush();
      this.whenPoured();
      return;
    }
    this.#hub.log.error('mqtt.spool.unreadable', describeFailure(failure));
    this.#stream.destroy();
  }

  /** The alias that stands for the topic, or could from now on: the first topics keep theirs. 0: none. */
  #aliasOf(topic: string): number {
    if (this.aliasMax === 0) return 0;
    this.#aliases ??= new Map();
    const known = this.#aliases.get(topic);
    if (known !== undefined) return known;
    return this.#aliases.size < this.aliasMax ? this.#aliases.size + 1 : 0;
  }
}
