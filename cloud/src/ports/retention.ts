/** What retention tells apart. `notes` are what nodes said of their gaps and of their clocks. */
export const keptKinds = [
  'log',
  'setAside',
  'quarantine',
  'statistics',
  'notes',
  'telemetry',
  'alerts',
  'commands',
] as const;
export type KeptKind = (typeof keptKinds)[number];

/** Why something went: it was too old, its kind took too many bytes, or the database did. */
export type PruneReason = 'age' | 'bytes' | 'disk';

export interface PruneWish {
  readonly kind: KeptKind;
  readonly why: PruneReason;
  /** Only what is older than this moment; absent: the oldest there is. */
  readonly before?: number;
  /** The moment that is noted as when it went. */
  readonly at: number;
}

/** What one turn took away; all zero when nothing could go. */
export interface PrunedTurn {
  readonly rows: number;
  /** Readings among them, of telemetry. */
  readonly readings: number;
  readonly bytes: number;
}

export interface DatabaseUse {
  /** Of the file, and of the pages in it that hold something. */
  readonly fileBytes: number;
  readonly usedBytes: number;
}

/** Takes away what need not be kept any more, in turns of bounded work. */
export interface Retention {
  use(): Promise<DatabaseUse>;
  /** Bytes of one kind. It reads all of it, piece by piece. */
  bytesOf(kind: KeptKind): Promise<number>;
  /**
   * One turn: the oldest of a kind. Of log and telemetry only whole beginnings of a journal go, of which everything is
   * acknowledged and passed by the consumers; what an audit finds of them is noted before.
   */
  prune(wish: PruneWish): Promise<PrunedTurn>;
  /** Gives free pages back to the disk, as many as a short turn can; gives how many bytes. */
  giveBack(): Promise<number>;
}
