/** What a journal needs of a disk. Every adapter runs `disk.contract.ts`; failures carry Node's `code` (`ENOSPC`, `EIO` …). */
export interface Disk {
  /** Creates the folder and those above it. */
  makeDir(dir: string): Promise<void>;
  /** Names in the folder, sorted. */
  list(dir: string): Promise<readonly string[]>;
  /** Opens for reading and writing; created empty if absent. */
  open(path: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in the folder durable. */
  syncDir(dir: string): Promise<void>;
  /** Bytes still free for us where `dir` is. */
  free(dir: string): Promise<number>;
}

export interface DiskFile {
  size(): Promise<number>;
  /** Fills `into` from `at`; the count is short only at the end of the file. */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Writes all of `bytes` at `at`. Not durable before `sync`; a failure may leave a part behind. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** What was written is durable when this settles. After a failure nothing is known: the file must be recovered. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
