/** What a journal needs of a disk. Every adapter runs `disk.contract.ts`; failures carry Node's `code` (`ENOSPC`, `EIO` …). */
export interface Disk {
  /** Creates the folder and those above it. */
  makeDir(dir: string): Promise<void>;
  /** Names in the folder, sorted. Rejects with ENOENT if there is no such folder. */
  list(dir: string): Promise<readonly string[]>;
  /** Opens for reading and writing; created empty if absent, unless `existing`: then it rejects with ENOENT. */
  open(path: string, how?: 'existing'): Promise<DiskFile>;
  /** Replaces `to` at once; files that are open stay open under whatever name. */
  rename(from: string, to: string): Promise<void>;
  /** Rejects with ENOENT if there is no such file. */
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in the folder durable. */
  syncDir(dir: string): Promise<void>;
  /** Bytes still free for us where `dir` is. */
  free(dir: string): Promise<number>;
  /**
   * Takes the name for this holder until the release it returns, or until the process ends, however it ends. Rejects
   * with EBUSY, `holder` saying who has it.
   */
  lock(path: string): Promise<() => Promise<void>>;
}

export interface DiskFile {
  size(): Promise<number>;
  /** Fills `into` from `at`; the count is short only at the end of the file. */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Writes all of `bytes` at `at`. Not durable before `sync`; a failure may leave a part behind. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /**
   * `write` and `sync` of these bytes for the price of one call; what was written before is not meant. After a failure
   * nothing is known, as after that of `sync`.
   */
  writeThrough(bytes: Uint8Array, at: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** What was written is durable when this settles. After a failure nothing is known: the file must be recovered. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A failure as the ports throw it: an Error with Node's `code`. */
export class DiskError extends Error {
  readonly code: string;
  /** Who holds what was to be locked, with EBUSY. */
  readonly holder: string | undefined;

  constructor(code: string, what: string, holder?: string) {
    super(`${code}: ${what}`);
    this.name = 'DiskError';
    this.code = code;
    this.holder = holder;
  }
}

/** Node's code of a failure, or the empty text. */
export function diskCode(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : '';
}
