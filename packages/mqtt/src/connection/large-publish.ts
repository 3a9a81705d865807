import { describeFailure } from '@selvedge/kernel';
import { decodePublish, PublishHead, publishHeadSize } from '../packets/publish.ts';
import { reason } from '../reason.ts';
import { Parcel } from '../router/parcel.ts';
import { noMatch } from '../router/subscriptions.ts';
import type { Topic } from '../router/topics.ts';
import type { Upload } from '../spool/spooler.ts';
import type { Connection } from './connection.ts';
import { readMax } from './frames.ts';
import {
  checkWindow,
  findTopic,
  mayPublish,
  receivePublish,
  refuse,
  repeatReceived,
  stageAnswer,
  take,
} from './receive-publish.ts';

/** Bytes of topic and properties before a payload in the spool: they are in memory. More is refused with 0x97. */
const headMax = readMax;
/** Bytes of the payload that the intake is shown. */
const beginningMax = 1_024;
const nothing = Buffer.alloc(0);

/**
 * One PUBLISH whose payload goes into the spool while it comes. Its head is kept; who may not publish it, or finds no
 * room, is told when it is over, and its bytes are thrown away. Until it is over nothing else of its client is handled.
 */
export class LargePublish {
  readonly #connection: Connection;
  readonly #first: number;
  readonly #head = new PublishHead();
  /** Bytes of the body that are to come. */
  #left: number;
  #bytes: Buffer = Buffer.allocUnsafe(256);
  #held = 0;
  /** Known as soon as the head is. */
  #topic: Topic | undefined = undefined;
  #code: number = reason.success;
  /** Undefined: nobody is to get it. */
  #upload: Upload | undefined = undefined;
  #beginning: Buffer = nothing;
  #abandoned: boolean = false;

  /** `size`: bytes of the body. */
  constructor(connection: Connection, first: number, size: number) {
    this.#connection = connection;
    this.#first = first;
    this.#left = size;
  }

  /** Takes what belongs to it of the chunk, from `from` on. Gives the place behind. */
  feed(chunk: Buffer, from: number): number {
    const at = this.#topic ? from : this.#readHead(chunk, from);
    if (!this.#topic || this.#abandoned) return at;
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    if (!this.#upload) {
      if (this.#left === 0) this.#over();
    } else if (end > at) this.#write(this.#upload, chunk.subarray(at, end));
    return end;
  }

  /** The connection is over before it. */
  abandon(): void {
    this.#abandoned = true;
    this.#letGo();
  }

  #readHead(chunk: Buffer, from: number): number {
    const { version } = this.#connection;
    let at = from;
    for (;;) {
      const need = publishHeadSize(this.#bytes, this.#held, (this.#first >> 1) & 3, version);
      if (need <= this.#held) break;
      if (need > headMax) {
        this.#connection.fail(reason.quotaExceeded, `more than ${headMax} bytes before the payload`);
        return at;
      }
      const count = Math.min(need - this.#held, this.#left);
      if (count === 0) break;
      if (at === chunk.length) return at;
      const end = Math.min(chunk.length, at + count);
      this.#keep(chunk, at, end);
      at = end;
    }
    this.#begin();
    return at;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const need = this.#held + end - start;
    if (need > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(need, this.#bytes.length * 2));
      this.#bytes.copy(wider, 0, 0, this.#held);
      this.#bytes = wider;
    }
    chunk.copy(this.#bytes, this.#held, start, end);
    this.#held = need;
    this.#left -= end - start;
  }

  /** The head is there: whose is it, may it, and is there room? */
  #begin(): void {
    const connection = this.#connection;
    const { hub, session, version } = connection;
    if (this.#left === 0) {
      // All of it is head: a message without a payload needs no spool.
      connection.in.largeOver();
      receivePublish(connection, this.#first, this.#bytes, 0, this.#held);
      return;
    }
    const head = this.#head;
    const wrong = decodePublish(head, this.#first, this.#bytes, 0, this.#held, version, hub.limits);
    if (wrong !== 0) return void connection.fail(wrong, head.why);
    const topic = findTopic(connection, head, this.#bytes);
    if (!topic) return;
    const { qos, packetId, retain } = head;
    const isRepeated = qos === 2 && session.incoming.has(packetId);
    if (!isRepeated && !checkWindow(connection, qos)) return;
    this.#topic = topic;
    if (isRepeated) return;
    if (!mayPublish(connection, topic)) this.#code = reason.notAuthorized;
    else {
      this.#upload = hub.spooler!.begin(this.#left, hub.store !== undefined && (qos > 0 || retain));
      if (!this.#upload) this.#refuseRoom();
    }
  }

  /** A version 4 client that waits for an answer is closed at once: it can be told in no other way. */
  #refuseRoom(): void {
    const { qos } = this.#head;
    this.#code = reason.quotaExceeded;
    if (qos > 0 && this.#connection.version === 4) refuse(this.#connection, qos, this.#code);
  }

  #write(upload: Upload, part: Buffer): void {
    const missing = beginningMax - this.#beginning.length;
    if (missing > 0) this.#beginning = Buffer.concat([this.#beginning, part.subarray(0, missing)]);
    this.#connection.in.wait();
    void this.#put(upload, part);
  }

  async #put({ file }: Upload, part: Buffer): Promise<void> {
    try {
      await file.write(part);
      if (this.#left === 0) await file.finish();
    } catch (cause) {
      this.#fail(cause);
    }
    if (this.#abandoned) return;
    this.#connection.in.goOn(() => {
      if (this.#left === 0) this.#over();
    });
  }

  #fail(cause: unknown): void {
    if (this.#abandoned) return;
    const { publisher, hub } = this.#connection;
    hub.log.error('mqtt.spool.failed', { clientId: publisher.clientId, ...describeFailure(cause) });
    this.#letGo();
    this.#refuseRoom();
  }

  #letGo(): void {
    this.#upload?.payload.release();
    this.#upload = undefined;
  }

  /** The last byte is there, and durable where it has to be. */
  #over(): void {
    const connection = this.#connection;
    const head = this.#head;
    const { hub } = connection;
    const topic = this.#topic!;
    const upload = this.#upload;
    this.#upload = undefined;
    connection.in.largeOver();
    const size = this.#held + (upload?.payload.size ?? 0);
    connection.in.sawLarge(this.#first, Buffer.concat([this.#bytes.subarray(0, this.#held), this.#beginning]), size);
    hub.tally.publishes[head.qos] += 1;
    hub.tally.publishedBytes += size;
    connection.received += 1;
    try {
      this.#decide(topic, upload);
    } finally {
      upload?.payload.release();
    }
  }

  #decide(topic: Topic, upload: Upload | undefined): void {
    const connection = this.#connection;
    const head = this.#head;
    let code = this.#code;
    if (upload) code = mayPublish(connection, topic) ? this.#offer(topic, upload) : reason.notAuthorized;
    else if (code === reason.success) return void repeatReceived(connection, head.packetId, this.#held);
    if (code < 0x80) code = this.#keepFor(topic, upload!);
    else if (!refuse(connection, head.qos, code)) return;
    stageAnswer(connection, head, code, this.#held);
  }

  #offer(topic: Topic, { payload }: Upload): number {
    const { incoming } = this.#connection.hub.scratch;
    const head = this.#head;
    head.payloadStart = 0;
    head.payloadEnd = this.#beginning.length;
    incoming.spooled = payload;
    try {
      return take(this.#connection, head, topic, this.#beginning);
    } finally {
      incoming.spooled = undefined;
    }
  }

  /** To be routed after the commit, if somebody is to get it. Gives the reason code to acknowledge with. */
  #keepFor(topic: Topic, { payload }: Upload): number {
    const { hub, publisher } = this.#connection;
    const { qos, retain, properties } = this.#head;
    const matched = hub.router.match(topic) !== noMatch;
    if (matched || retain) {
      payload.hold();
      hub.keeper.whenSettled(hub.turn.filling, () => payload.release());
      const now = hub.clock.ticks();
      const from = publisher.clientId;
      hub.turn.hold(new Parcel(topic, nothing, qos, retain, properties, now, from, undefined, payload));
    }
    return matched ? reason.success : reason.noMatchingSubscribers;
  }
}
