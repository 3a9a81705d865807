import { defineFaults } from '@selvedge/kernel';

export const journalFaults = defineFaults({
  JOURNAL_FULL: {
    retry: 'later',
    hint: 'Free space by letting the readers catch up, or raise sizeMax (on disk) or pendingMax (waiting for the disk).',
  },
  JOURNAL_DISK_FULL: { retry: 'later', hint: 'Free space on the disk; the journal accepts records again by itself.' },
  JOURNAL_DISK_FAILED: {
    retry: 'later',
    hint: 'Look at the disk (dmesg, smartctl); the journal tries again every second and goes on when it can.',
  },
  JOURNAL_CLOSED: { retry: 'never', hint: 'Use the journal only between start and stop.' },
  JOURNAL_LOCKED: { retry: 'later', hint: 'Stop the process that holds the journal, or choose another folder.' },
  JOURNAL_RECORD_TOO_LARGE: { retry: 'never', hint: 'Send smaller records, or raise recordMax.' },
  JOURNAL_CURSOR_REFUSED: { retry: 'never', hint: 'A cursor only moves forward and never beyond the durable head.' },
  JOURNAL_CORRUPT: {
    retry: 'never',
    hint: 'Restore the folder from a copy, or move it away and start a new journal; what is unreadable stays as it is.',
  },
  JOURNAL_VERSION_UNKNOWN: { retry: 'never', hint: 'Run the version that wrote this folder, or a newer one.' },
  JOURNAL_COPY_OUTRUN: { retry: 'later', hint: 'Copy to a quicker disk, or at a time when less is trimmed.' },
  JOURNAL_MISUSED: { retry: 'never', hint: 'Correct the call or the option that the message names.' },
});
