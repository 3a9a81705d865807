import type { Disk } from '@selvedge/journal';
import type { Clock, Entropy, Log, Random, Service } from '@selvedge/kernel';
import type { Alert, Command, Shape, Statistics } from '@selvedge/protocol';

/** What the platform lends to every part of the edge. */
export interface EdgeWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** What became of one message at a door. */
export const verdict = {
  /** In line for the journal as reading, status, result or quarantine: acknowledge after the commit. */
  taken: 0,
  /** Named like one that was journaled before: acknowledge after the commit, nothing is stored twice. */
  duplicate: 1,
  /** No topic map covers it: plain messaging. */
  plain: 2,
  /** Turned away for now; the sender keeps it and tries again. */
  refused: 3,
} as const;
export type Verdict = (typeof verdict)[keyof typeof verdict];

/** Where every door brings what it hears. */
export interface Intake {
  /** Takes one message, in order of arrival. `bytes[start, end)` is valid during the call only. */
  take(topic: string, bytes: Buffer, start: number, end: number): Verdict;
  /** Settles when all taken before is durable; rejects when it was refused, then nothing of it may be acknowledged. */
  commit(): Promise<void>;
}

/** How the node speaks to those who listen at its doors. */
export interface Outlet {
  /**
   * Sends a message to the sessions that subscribed. `matched` is how many there are; `acknowledged` gives the first
   * client that has it, or undefined when none can any more.
   */
  publish(message: OutletMessage): { readonly matched: number; readonly acknowledged: Promise<string | undefined> };
  /** Tells of each new subscription. */
  onSubscribed(listener: (filter: string) => void): void;
  readonly clients: number;
}

export interface OutletMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
}

/**
 * Readings by column, as the rules take them: nothing is allocated per reading. Row `i` has its numbers at
 * `numbers[valueAt[i]]` and on, in the order of `shape[i]`; a switch is 0 or 1, a text is NaN with its text in `texts`.
 */
export interface ReadingColumns {
  count: number;
  readonly offset: number[];
  /** Index of the device in the node's table. */
  readonly device: number[];
  readonly takenAt: number[];
  readonly receivedAt: number[];
  /** -1 when the device does not number its readings. */
  readonly boot: number[];
  readonly seq: number[];
  readonly shape: Shape[];
  readonly valueAt: number[];
  /** How many of `numbers` count. */
  numberCount: number;
  readonly numbers: number[];
  readonly texts: Map<number, string>;
}

/** What the rules make of readings. */
export interface Derived {
  readonly alerts: Alert[];
  readonly commands: Command[];
  readonly statistics: Statistics[];
}

/** Small named states, replaced whole and durably. */
export interface Snapshots {
  read(name: string): Promise<Buffer | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** One message pipe to the cloud: whole frames, in order, until it closes. */
export interface LinkConnection {
  /** False when the pipe is closed. */
  send(frame: Uint8Array): boolean;
  close(reason?: string): void;
  /** Bytes handed over that have not left this machine. */
  readonly bufferedBytes: number;
  onFrame(listener: (frame: Buffer) => void): void;
  onClose(listener: (reason: string) => void): void;
}

export interface LinkTransport {
  /** Rejects with a fault when the cloud cannot be reached or does not want us. */
  connect(signal: AbortSignal): Promise<LinkConnection>;
}

/** What proves who the node is and whom it believes, all PEM. */
export interface Identity {
  readonly key: string;
  /** For the link, as a client. */
  readonly certificate: string;
  /** For the doors, as a server. */
  readonly door: string;
  readonly authority: string;
}

/** What the node is joined to: a real machine, or a simulated one. */
export interface EdgeAdapters {
  readonly disk: Disk;
  readonly snapshots: Snapshots;
  /** Undefined for a node without a cloud. */
  readonly transport: LinkTransport | undefined;
  /** Opens the doors onto the intake. */
  readonly door: (intake: Intake) => Outlet & Service;
  /** Compresses a batch's body for the link; gives it back as it is when that does not help. */
  readonly pack: (body: Uint8Array) => { readonly codec: 0 | 1; readonly body: Uint8Array };
  readonly memoryBytes: () => number;
}
