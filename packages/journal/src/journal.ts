import type { Clock, Duration, Entropy, Log, Service } from '@selvedge/kernel';
import type { Disk } from './disk.ts';

/** How long and how much of one class is kept. A class is named by its place in `JournalOptions.classes`. */
export interface ClassPolicy {
  readonly name: string;
  /** Bytes of records kept that nobody has acknowledged; beyond it the oldest expire, counted. */
  readonly bytesMax: number;
  /** Age beyond which unacknowledged records expire, counted. */
  readonly ageMax: Duration;
}

export interface JournalOptions {
  readonly dir: string;
  /** At most 16; the order is the meaning, so new ones go last. */
  readonly classes: readonly ClassPolicy[];
  /** Bytes on disk for everything; beyond it `append` is refused as JOURNAL_FULL. */
  readonly sizeMax: number;
  /** A segment is closed at this size. */
  readonly segmentSize: number;
  /** How long records that every holder has passed are kept all the same, within `sizeMax`. */
  readonly keep: Duration;
}

export interface JournalWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** The end of a chain: the next offset to be given, and the hash of the batch before it (32 bytes). */
export interface Position {
  readonly offset: number;
  readonly hash: Uint8Array;
}

/** One link of the chain: records of one class with neighbouring offsets, written in one commit. */
export interface Batch {
  readonly klass: number;
  readonly firstOffset: number;
  readonly count: number;
  /** Wall time of the commit in milliseconds. */
  readonly appendedAt: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
  /** The records, each `length:u32le bytes`; undefined once they have expired and only this stub is left. */
  readonly body: Uint8Array | undefined;
}

export interface CursorOptions {
  /** The classes it follows; it says nothing about records of others. */
  readonly classes: readonly number[];
  /** Whether its place keeps records from being trimmed, and makes them expire (counted) when retention cannot wait. */
  readonly holds: boolean;
  readonly start?: number;
}

/** Where the record to write goes: at `at` in `bytes`, which has the room that was asked for. Valid until `fill`. */
export interface Room {
  bytes: Buffer;
  at: number;
}

/** A reader's durable place: the first offset that it has not finished with. */
export interface Cursor {
  readonly name: string;
  readonly offset: number;
  /** Moves forward in memory at once; the next commit, or `flush`, makes it durable. Moving back is refused. */
  advance(offset: number): void;
}

export interface ClassUse {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  /** Records that left unacknowledged by retention since the journal began. */
  readonly expired: number;
}

export interface JournalUse {
  readonly sizeBytes: number;
  readonly firstOffset: number;
  readonly classes: readonly ClassUse[];
}

/** Offsets that expired before anybody acknowledged them, and why. */
export interface Expiry {
  readonly klass: number;
  readonly from: number;
  /** One past the last. */
  readonly to: number;
  readonly count: number;
  readonly reason: 'bytes' | 'age';
}

/**
 * A durable append log. Records become durable in groups: a commit begins at the end of the event-loop turn unless one
 * is under way, so batches grow by themselves under load.
 */
export interface Journal extends Service {
  /** 12 hexadecimal characters, drawn when the journal was created. */
  readonly epoch: string;
  /** The durable end. */
  readonly head: Position;
  /** Room for one record of at most `sizeMax` bytes. Throws JOURNAL_FULL, JOURNAL_CLOSED or RECORD_TOO_LARGE. */
  reserve(klass: number, sizeMax: number): Room;
  /** Ends the record begun by `reserve` at `length` bytes and gives its offset. It is not durable yet. */
  fill(length: number): number;
  /** `reserve`, copy, `fill`. */
  append(klass: number, record: Uint8Array): number;
  /**
   * Settles when all that was appended before this call is durable, or rejects with the fault that refused it: then
   * none of the records of that commit exist and their offsets are given again.
   */
  commit(): Promise<void>;
  /**
   * Durable batches from the one that holds `from`, in order, up to the head at the time of reading. With `classes`
   * only theirs; the bodies of the others are not even read from disk.
   */
  read(from: number, options?: { readonly classes?: readonly number[] }): AsyncIterable<Batch>;
  /** Settles when the durable head is beyond `offset`. */
  grown(offset: number, signal: AbortSignal): Promise<void>;
  /** The named cursor, created at `start` if there is none. A record is acknowledged when all holders of its class have passed it. */
  cursor(name: string, options: CursorOptions): Cursor;
  /** Makes cursors durable now. */
  flush(): Promise<void>;
  /** Trims what is acknowledged and older than `keep`, expires what retention says, and returns what expired. */
  retain(): Promise<readonly Expiry[]>;
  use(): JournalUse;
  /** Reads everything and recomputes every CRC and hash; the batches that are wrong, with what is wrong. */
  verify(): AsyncIterable<{ readonly batch: Batch | undefined; readonly offset: number; readonly why: string | undefined }>;
}
