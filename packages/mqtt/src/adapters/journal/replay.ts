import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { PublishProperties } from '../../message.ts';
import type { KeptState } from '../../session/kept-state.ts';
import { ByteReader } from './bytes.ts';
import { bit, eventKind, recordKind } from './events.ts';
import { readMessageProperties } from './message-properties.ts';

/** Tells a state what the records of a session journal say. */
export class Replay {
  readonly #state: KeptState;
  /** Payloads whose message has not been told of yet, by its sequence. */
  readonly #payloads = new Map<number, Buffer>();

  constructor(state: KeptState) {
    this.#state = state;
  }

  /** The record `bytes[start..end)`; gives how many events it told. */
  record(bytes: Buffer, start: number, end: number): Decoded<number> {
    const reader = new ByteReader(bytes, start, end);
    const kind = reader.u8();
    if (kind === recordKind.payload) {
      const sequence = reader.varint();
      this.#payloads.set(sequence, Buffer.from(bytes.subarray(end - reader.left, end)));
      return decoded(0);
    }
    if (kind !== recordKind.transaction) return undecodable(`a record of kind ${kind}`);
    let events = 0;
    for (; reader.left > 0; events++) {
      const why = this.#event(reader);
      if (why !== undefined) return undecodable(why);
      if (reader.broken) return undecodable(`event ${events} of a transaction is cut off`);
    }
    return decoded(events);
  }

  /** Nothing follows: what nobody holds is let go. */
  end(): void {
    this.#payloads.clear();
    for (const [sequence, { holders }] of this.#state.messages) {
      if (holders === 0) this.#state.messages.delete(sequence);
    }
  }

  /** Gives why it cannot be read. */
  #event(reader: ByteReader): string | undefined {
    const state = this.#state;
    const kind = reader.u8();
    switch (kind) {
      case eventKind.message:
      case eventKind.spooled:
        return this.#message(reader, kind === eventKind.spooled);
      case eventKind.willed:
        return this.#willed(reader);
      case eventKind.queued:
        return this.#queued(reader);
      case eventKind.took:
        state.took(reader.varint());
        return undefined;
      case eventKind.unwilled:
        state.willed(reader.varint(), undefined);
        return undefined;
      case eventKind.drifted:
        state.drifted(reader.f64());
        return undefined;
      case eventKind.counted:
        state.count(reader.varint());
        return undefined;
      case eventKind.cleared:
        state.retained(reader.text(), undefined);
        return undefined;
      case eventKind.retained: {
        const topic = reader.text();
        const kept = state.messages.get(reader.varint());
        if (kept) state.retained(topic, kept.message);
        return undefined;
      }
      default:
        return this.#ofClient(kind, reader);
    }
  }

  #ofClient(kind: number, reader: ByteReader): string | undefined {
    const state = this.#state;
    const client = reader.text();
    if (kind === eventKind.opened) state.opened(client, reader.varint());
    else if (kind === eventKind.left) state.left(client, reader.f64());
    else if (kind === eventKind.ended) state.ended(client);
    else if (kind === eventKind.subscribed) {
      const filter = reader.text();
      const flags = reader.u8();
      const [noLocal, retainAsPublished] = [has(flags, 0), has(flags, 1)];
      state.subscribed(client, { filter, qos: qosOf(flags), noLocal, retainAsPublished, id: reader.varint() });
    } else if (kind === eventKind.unsubscribed) state.unsubscribed(client, reader.text());
    else if (kind === eventKind.sent) state.sent(client, reader.varint(), reader.varint());
    else if (kind === eventKind.released) state.released(client, reader.varint());
    else if (kind === eventKind.finished) state.finished(client, reader.varint());
    else if (kind === eventKind.received) state.received(client, reader.varint());
    else if (kind === eventKind.forgotten) state.forgotten(client, reader.varint());
    else if (kind === eventKind.taken) state.taken(client, reader.varint());
    else return `an event of kind ${kind}`;
    return undefined;
  }

  #message(reader: ByteReader, isSpooled: boolean): string | undefined {
    const sequence = reader.varint();
    const topic = reader.text();
    const flags = reader.u8();
    const expiresAt = has(flags, 1) ? reader.f64() : undefined;
    const from = has(flags, 2) ? reader.text() : undefined;
    const properties = has(flags, 3) ? readMessageProperties(reader.bytes()) : undefined;
    if (has(flags, 3) && !properties) return `the properties of message ${sequence}`;
    const about = { sequence, topic, qos: qosOf(flags), retain: has(flags, 0), properties, from, expiresAt };
    if (isSpooled) {
      const spooled = { name: reader.varint(), size: reader.varint() };
      this.#state.learn({ ...about, payload: nothing, spooled });
      return undefined;
    }
    const payload = has(flags, 4) ? this.#payloads.get(sequence) : reader.bytes();
    this.#payloads.delete(sequence);
    // It was in a batch that is damaged, which the journal has told and counted.
    if (payload) this.#state.learn({ ...about, payload });
    return undefined;
  }

  #queued(reader: ByteReader): undefined {
    const client = reader.text();
    const key = reader.varint();
    const kept = this.#state.messages.get(reader.varint());
    const flags = reader.u8();
    const packetId = reader.varint();
    const subscriptionIds = Array.from({ length: Math.min(reader.varint(), reader.left) }, () => reader.varint());
    const [retain, released] = [has(flags, 0), has(flags, 1)];
    const delivery = { key, qos: qosOf(flags) as 1 | 2, retain, subscriptionIds, packetId, released };
    if (kept) this.#state.queued(client, { ...delivery, message: kept.message });
  }

  #willed(reader: ByteReader): string | undefined {
    const key = reader.varint();
    const clientId = reader.text();
    const topic = reader.text();
    const flags = reader.u8();
    const protocol = reader.u8() as 4 | 5;
    const delay = reader.varint();
    const dueAt = has(flags, 1) ? reader.f64() : undefined;
    const username = has(flags, 2) ? reader.text() : undefined;
    const properties: PublishProperties | undefined = has(flags, 3) ? readMessageProperties(reader.bytes()) : undefined;
    if (has(flags, 3) && !properties) return `the properties of will ${key}`;
    const [retain, taken, secure] = [has(flags, 0), has(flags, 4), has(flags, 5)];
    const message = { topic, qos: qosOf(flags), retain, properties };
    const about = { username, address: reader.text(), secure, protocol };
    this.#state.willed(key, { key, clientId, ...message, payload: reader.bytes(), delay, dueAt, taken, ...about });
    return undefined;
  }
}

const nothing = Buffer.alloc(0);
const has = (flags: number, place: number): boolean => (flags & bit(place, true)) !== 0;
const qosOf = (flags: number): 0 | 1 | 2 => (flags & 3) as 0 | 1 | 2;
