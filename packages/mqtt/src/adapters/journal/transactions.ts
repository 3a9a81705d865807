import type { Journal } from '@selvedge/journal';
import { mqttFaults } from '../../faults.ts';
import { ByteWriter } from './bytes.ts';
import { recordKind } from './events.ts';

/** A record that is not known to be durable. */
export interface Entry {
  readonly parts: readonly Uint8Array[];
  readonly size: number;
  /** Where the journal put it last. */
  offset: number;
}

const transactionHead = Buffer.of(recordKind.transaction);

/**
 * What the store was told, on its way to the disk: everything between two commits is one record. What a failing disk
 * refuses is kept, and appended again in its order by the next commit.
 */
export class Transactions {
  /** The transaction being told. */
  readonly out = new ByteWriter();
  readonly #journal: Journal;
  readonly #unkeptMax: number;
  #unkept: Entry[] = [];
  /** How many of them the journal has been given since it last refused. */
  #appended = 0;
  #unkeptBytes = 0;
  #refusals = 0;
  #waiting: Promise<void> | undefined = undefined;
  #overflown: boolean = false;
  /** Bytes given to the journal. */
  written = 0;

  /** `unkeptMax`: bytes told and not durable beyond which no more is taken. */
  constructor(journal: Journal, unkeptMax: number) {
    this.#journal = journal;
    this.#unkeptMax = unkeptMax;
  }

  /** Ends the transaction being told; undefined if it is empty. */
  seal(): Entry | undefined {
    if (this.out.length === 0) return undefined;
    return this.#push([transactionHead, this.out.take()]);
  }

  /** A record of its own before the transaction being told. */
  apart(sequence: number, payload: Uint8Array): void {
    const head = new ByteWriter();
    head.u8(recordKind.payload);
    head.varint(sequence);
    this.#push([head.take(), payload]);
  }

  /** Settles when all is durable that was told before; undefined if it is already. */
  commit(): Promise<void> | undefined {
    this.seal();
    if (this.#overflown) {
      return Promise.reject(
        mqttFaults('MQTT_STORE_OVERFLOWN', `more than ${this.#unkeptMax} bytes could not be kept`, {}),
      );
    }
    if (this.#unkept.length === 0) return undefined;
    if (this.#appended === this.#unkept.length && this.#waiting) return this.#waiting;
    try {
      this.#append();
    } catch (cause) {
      return Promise.reject(cause);
    }
    return (this.#waiting = this.#watch());
  }

  #push(parts: readonly Uint8Array[]): Entry {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const entry = { parts, size, offset: -1 };
    this.#overflown ||= this.#unkeptBytes + size > this.#unkeptMax;
    if (this.#overflown) return entry;
    this.#unkept.push(entry);
    this.#unkeptBytes += size;
    return entry;
  }

  #append(): void {
    for (; this.#appended < this.#unkept.length; this.#appended++) {
      const entry = this.#unkept[this.#appended]!;
      const room = this.#journal.reserve(0, entry.size);
      let { at } = room;
      for (const part of entry.parts) {
        room.bytes.set(part, at);
        at += part.length;
      }
      entry.offset = this.#journal.fill(entry.size);
      this.written += entry.size;
    }
  }

  /** The journal's commit, and what follows for the entries that it stands for. */
  async #watch(): Promise<void> {
    const entries = this.#unkept.slice(0, this.#appended);
    const refusals = this.#refusals;
    const last = entries[entries.length - 1]!;
    try {
      await this.#journal.commit();
    } catch (cause) {
      // All that waited is refused together, so the first to hear starts over for all.
      if (refusals === this.#refusals) {
        this.#refusals += 1;
        this.#appended = 0;
        this.#waiting = undefined;
      }
      throw cause;
    }
    const kept = this.#unkept.indexOf(last) + 1;
    for (const { size } of this.#unkept.splice(0, kept)) this.#unkeptBytes -= size;
    this.#appended -= kept;
    if (this.#unkept.length === 0) this.#waiting = undefined;
  }
}
