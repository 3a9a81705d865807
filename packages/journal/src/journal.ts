import type { Clock, Duration, Entropy, Log, Service } from '@selvedge/kernel';
import type { BatchFields } from './chain.ts';
import type { Disk } from './disk.ts';
import type { JournalMetrics } from './metrics.ts';

/** How long and how much of one class is kept. A class is named by its place in `JournalOptions.classes`. */
export interface ClassPolicy {
  /** 1 to 64 bytes of UTF-8. */
  readonly name: string;
  /** Bytes of records kept that nobody has acknowledged; beyond it the oldest expire, counted. */
  readonly bytesMax: number;
  /** Age beyond which unacknowledged records expire, counted. A jump of the wall clock makes nothing older. */
  readonly ageMax: Duration;
  /**
   * Its turn when all classes together are beyond `heldMax`: the lowest expires first, down to nothing, before the next
   * one loses anything. A class without a turn never expires for the sake of others.
   */
  readonly turn?: number;
}

export interface JournalOptions {
  readonly dir: string;
  /** At most 16; the order is the meaning, so new ones go last. */
  readonly classes: readonly ClassPolicy[];
  /** Bytes on disk for everything; beyond it `append` is refused as JOURNAL_FULL. */
  readonly sizeMax: number;
  /**
   * Bytes of records of all classes together kept that nobody has acknowledged; beyond it they expire, counted, by their
   * `turn`. No bound unless told.
   */
  readonly heldMax?: number;
  /** A segment is closed at this size. Space is given back by whole segments: 4 to 16 MiB suit most disks. */
  readonly segmentSize: number;
  /** How long records that every holder has passed are kept all the same, within `sizeMax`. */
  readonly keep: Duration;
  /** Bytes of the largest record; 16 MiB unless told. */
  readonly recordMax?: number;
  /** Bytes that may wait for the disk; beyond it `append` is refused as JOURNAL_FULL. 64 MiB unless told. */
  readonly pendingMax?: number;
}

export interface JournalWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Where to count; `journalMetrics()` builds one. */
  readonly metrics?: JournalMetrics;
}

/** The end of a chain: the next offset to be given, and the hash of the batch before it (32 bytes). */
export interface Position {
  readonly offset: number;
  readonly hash: Uint8Array;
}

/**
 * One link of the chain: records of one class with neighbouring offsets, written in one commit. `appendedAt` is the wall
 * time of the commit. `hash` is `batchHash(batch, batch.bodyDigest, batch.prevHash)`.
 */
export interface Batch extends BatchFields {
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
  /** SHA-256 of the body, kept when the body has gone. */
  readonly bodyDigest: Uint8Array;
  /** The records, each `length:u32le bytes`; undefined once they have expired and only this stub is left. Do not write to it. */
  readonly body: Uint8Array | undefined;
}

export interface CursorOptions {
  /** The classes it follows; it says nothing about records of others. */
  readonly classes: readonly number[];
  /** Whether its place keeps records from being trimmed, and makes them expire (counted) when retention cannot wait. */
  readonly holds: boolean;
  /** Where a new cursor begins, at most the durable head; the oldest record unless told. */
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
  /**
   * Moves forward in memory at once, and on disk within about 50 ms or with `flush`; never on disk before what was
   * appended earlier. Throws JOURNAL_CURSOR_REFUSED for a move back or beyond the durable head.
   */
  advance(offset: number): void;
}

export interface ClassUse {
  readonly name: string;
  /** Records whose bytes are still there, and those bytes. */
  readonly records: number;
  readonly bytes: number;
  /** Records that left unacknowledged by retention since the journal began. */
  readonly expired: number;
}

/** Offsets that cannot be read any more although nobody let them go, and what was found instead. */
export interface Damage {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
  readonly why: string;
}

export interface JournalUse {
  readonly sizeBytes: number;
  readonly firstOffset: number;
  readonly classes: readonly ClassUse[];
  /** What opening, reading and verifying have found so far, at most 1 000. */
  readonly damaged: readonly Damage[];
}

/** Offsets that expired before anybody acknowledged them, and why. Between them may lie records of other classes. */
export interface Expiry {
  readonly klass: number;
  readonly from: number;
  /** One past the last. */
  readonly to: number;
  readonly count: number;
  readonly reason: ExpiryReason;
}

export type ExpiryReason = 'bytes' | 'age';

/** What `verify` says of one batch, or of a place where one should be. */
export interface Verdict {
  readonly batch: Batch | undefined;
  readonly offset: number;
  /** What is wrong, undefined where nothing is. */
  readonly why: string | undefined;
}

/**
 * A durable append log. Records become durable in groups: a commit begins at the end of the event-loop turn unless one
 * is under way, so batches grow by themselves under load. While the disk refuses, `reserve` throws the fault at once
 * (JOURNAL_DISK_FULL, JOURNAL_DISK_FAILED) and the journal looks every second whether it can go on.
 */
export interface Journal extends Service {
  /** 12 hexadecimal characters, drawn when the journal was created. */
  readonly epoch: string;
  /** The durable end. */
  readonly head: Position;
  /** The offset that the next record gets, unless a commit before it is refused. */
  readonly next: number;
  /**
   * Room for one record of at most `sizeMax` bytes; a second call before `fill` forgets the first. Throws JOURNAL_FULL,
   * JOURNAL_CLOSED, JOURNAL_RECORD_TOO_LARGE, or the fault of a failing disk.
   */
  reserve(klass: number, sizeMax: number): Room;
  /** Ends the record begun by `reserve` at `length` bytes and gives its offset. It is not durable yet. */
  fill(length: number): number;
  /** `reserve`, copy, `fill`. */
  append(klass: number, record: Uint8Array): number;
  /**
   * Settles when all that was appended before this call is durable, or rejects with the fault that refused it: then
   * none of the records of that commit exist and their offsets are given again. Call it in the same turn as `append`:
   * a refusal in between is told to those who were already waiting.
   */
  commit(): Promise<void>;
  /**
   * Durable batches from the one that holds `from`, in order, until it has caught up with the head. With `classes` only
   * theirs; the bodies of the others are not even read from disk. What is damaged is skipped, logged and counted.
   */
  read(from: number, options?: { readonly classes?: readonly number[] }): AsyncIterable<Batch>;
  /** Settles when the durable head is beyond `offset`. */
  grown(offset: number, signal: AbortSignal): Promise<void>;
  /** The named cursor, created at `start` if there is none. A record is acknowledged when all holders of its class have passed it. */
  cursor(name: string, options: CursorOptions): Cursor;
  /** Forgets a cursor that nobody will use again, so that it holds nothing any more. */
  forget(name: string): void;
  /** Makes what was appended and the cursors durable now. */
  flush(): Promise<void>;
  /**
   * Trims what is acknowledged and older than `keep`, expires what retention says, and returns what expired: each
   * expiry at least once, also across a crash.
   */
  retain(): Promise<readonly Expiry[]>;
  use(): JournalUse;
  /** Reads everything and recomputes every CRC and hash: every batch, and what is wrong with it. */
  verify(): AsyncIterable<Verdict>;
}
