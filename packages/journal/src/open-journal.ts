import { service } from '@selvedge/kernel';
import { diskFault } from './disk-fault.ts';
import { journalFaults } from './faults.ts';
import type { Journal, JournalOptions, JournalUse, JournalWorld } from './journal.ts';
import { checkOptions } from './options.ts';
import { openParts, type Parts } from './parts.ts';
import { readBatches } from './reader.ts';
import { verifyAll } from './verify.ts';

/**
 * The journal in `options.dir`, which is created if absent. `start` locks and recovers it: rejects with JOURNAL_LOCKED,
 * JOURNAL_CORRUPT, JOURNAL_VERSION_UNKNOWN, JOURNAL_MISUSED or the fault of the disk. `stop` makes everything durable.
 */
export function journal(options: JournalOptions, world: JournalWorld): Journal {
  checkOptions(options);
  const { dir } = options;
  let parts: Parts | undefined;
  const open = (): Parts => {
    if (!parts) throw journalFaults('JOURNAL_CLOSED', `the journal in ${dir} has not been started`, { dir });
    return parts;
  };

  const life = service({
    async start(signal) {
      signal.throwIfAborted();
      const opened = await openParts(options, world).catch((cause: unknown) => {
        throw diskFault(cause, `the journal in ${dir} cannot be opened`, { dir });
      });
      if (signal.aborted) await opened.close();
      signal.throwIfAborted();
      parts = opened;
    },
    stop: () => parts?.close(),
  });

  return {
    ...life,
    get epoch() {
      return open().reading.epoch;
    },
    get head() {
      return open().committer.head;
    },
    get next() {
      return open().committer.next;
    },
    reserve: (klass, sizeMax) => open().committer.reserve(klass, sizeMax),
    fill: (length) => open().committer.fill(length),
    append(klass, record) {
      const { committer } = open();
      const room = committer.reserve(klass, record.length);
      room.bytes.set(record, room.at);
      return committer.fill(record.length);
    },
    commit: () => open().committer.commit(),
    read: (from, { classes } = {}) => readBatches(from, classes, open().reading),
    async grown(offset, signal) {
      const { growth, reading } = open();
      reading.check();
      await growth.beyond(offset, signal);
    },
    cursor(name, wanted) {
      open().reading.check();
      return open().cursors.cursor(name, wanted);
    },
    forget: (name) => open().cursors.forget(name),
    async flush() {
      const { committer, keeper } = open();
      const committed = committer.commit();
      // Cursors are saved also while records are refused.
      const saved = keeper.dirty ? keeper.save() : undefined;
      const [first, second] = await Promise.allSettled([committed, saved]);
      if (first.status === 'rejected') throw first.reason;
      if (second.status === 'rejected')
        throw diskFault(second.reason, `the cursors in ${dir} cannot be saved`, { dir });
    },
    async retain() {
      open().reading.check();
      try {
        return await open().retainer.retain();
      } catch (cause) {
        throw diskFault(cause, `retention in ${dir} is not complete`, { dir });
      }
    },
    use: () => useOf(options, open()),
    verify: () => verifyAll(open().reading),
  };
}

function useOf(options: JournalOptions, { reading, retainer, damages, committer }: Parts): JournalUse {
  const { catalogue } = reading;
  return {
    sizeBytes: catalogue.sizeBytes,
    firstOffset: catalogue.segments[0]?.firstOffset ?? committer.head.offset,
    classes: options.classes.map(({ name }, klass) => ({
      name,
      ...catalogue.total(klass),
      expired: retainer.expired[klass]!,
    })),
    damaged: damages.all,
  };
}
