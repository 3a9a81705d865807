import { defineFaults, Fault } from '@selvedge/kernel';

export const storeFaults = defineFaults({
  STORE_FULL: {
    retry: 'later',
    hint: 'Free space where the data folder is; nothing was lost and the store goes on by itself.',
  },
  STORE_LOCKED: {
    retry: 'later',
    hint: 'Another program holds the database. Stop the second cloud or the tool that has the file open.',
  },
  STORE_CORRUPT: {
    retry: 'never',
    hint: 'Stop the cloud, keep the file, and put back a copy; edges ship again what the copy lacks and they still have.',
  },
  STORE_UNWRITABLE: {
    retry: 'never',
    hint: 'Give the user of the cloud the right to write the data folder, or choose another.',
  },
  STORE_DISK_FAILED: { retry: 'later', hint: 'Look at the disk (dmesg, smartctl); the store tries again.' },
  STORE_NEWER: { retry: 'never', hint: 'Run the version that wrote this database, or a newer one.' },
  STORE_FORMAT_UNKNOWN: { retry: 'never', hint: 'See which formats there are: selvedge migrate' },
  STORE_FORMAT_LOSES: {
    retry: 'never',
    hint: 'Take a backup first (selvedge backup); then say that it may go: selvedge migrate --to N --lose',
  },
  STORE_FORMAT_BARRED: {
    retry: 'never',
    hint: 'Stay on this version, or put back a backup that the older version wrote.',
  },
  STORE_FOREIGN: { retry: 'never', hint: 'This file is the database of another program; choose another path.' },
  STORE_BUSY: { retry: 'later', hint: 'More calls wait for the database than it can take; look at the disk.' },
  STORE_CLOSED: { retry: 'never', hint: 'Use the store only between start and stop.' },
  STORE_FAILED: { retry: 'later', hint: 'The database refused a statement; report it with the log lines around it.' },
  STORE_WORKER_ENDED: { retry: 'never', hint: 'Start the cloud again; report it with the log lines around it.' },
});

export type StoreFaultCode = keyof typeof storeFaults.table;

/** SQLite's primary result codes (sqlite.org/rescode.html) and what they mean for a person. */
const codes: Readonly<Record<number, StoreFaultCode>> = {
  3: 'STORE_UNWRITABLE',
  5: 'STORE_LOCKED',
  6: 'STORE_LOCKED',
  8: 'STORE_UNWRITABLE',
  10: 'STORE_DISK_FAILED',
  11: 'STORE_CORRUPT',
  13: 'STORE_FULL',
  14: 'STORE_UNWRITABLE',
  26: 'STORE_CORRUPT',
};

/** Gives what SQLite threw as a fault; other things pass as they are. */
export function storeFault(cause: unknown): unknown {
  if (cause instanceof Fault || !(cause instanceof Error) || !('errcode' in cause)) return cause;
  const errcode = Number(cause.errcode);
  // The lower byte is the primary code; SQLITE_IOERR_* above it also stands for a disk quota that is used up.
  const code = codes[errcode & 0xff] ?? 'STORE_FAILED';
  return storeFaults(code, `the database says: ${cause.message}`, { errcode }, cause);
}
