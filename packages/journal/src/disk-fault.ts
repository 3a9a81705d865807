import { Fault } from '@selvedge/kernel';
import { DiskError, diskCode } from './disk.ts';
import { journalFaults } from './faults.ts';

/** The fault for a failure of the disk, full or otherwise; a fault stays what it is. */
export function diskFault(cause: unknown, message: string, facts: Readonly<Record<string, unknown>> = {}): Fault {
  if (cause instanceof Fault) return cause;
  const code = diskCode(cause);
  const why = code || (cause instanceof Error ? cause.message : String(cause));
  return journalFaults(
    isFull(code) ? 'JOURNAL_DISK_FULL' : 'JOURNAL_DISK_FAILED',
    `${message}: ${why}`,
    { ...facts, errno: code },
    cause,
  );
}

const isFull = (code: string): boolean => code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';

/** As `diskFault`, for the lock that somebody else may hold. */
export function lockFault(cause: unknown, dir: string): Fault {
  if (diskCode(cause) !== 'EBUSY') return diskFault(cause, `the journal in ${dir} cannot be locked`, { dir });
  const holder = (cause instanceof DiskError && cause.holder) || 'somebody else';
  return journalFaults('JOURNAL_LOCKED', `the journal in ${dir} is held by ${holder}`, { dir, holder }, cause);
}
