import { Buffer } from 'node:buffer';
import type { Journal } from '@selvedge/journal';
import type { JsonRecord } from '@selvedge/protocol';
import type { OpenCommand, Snapshots } from '../../ports.ts';

/** Lets commands that are not over last longer than the journal keeps their records. */
export interface OpenKeeper {
  /** To be done before the journal's own records of commands are read. */
  restore(): Promise<void>;
  /** To be done every few seconds; writes the snapshot if there is anything new. */
  save(): Promise<void>;
}

export interface OpenKeeperParts {
  readonly journal: Pick<Journal, 'epoch' | 'head' | 'use'>;
  readonly snapshots: Snapshots;
  readonly open: () => readonly OpenCommand[];
  readonly restore: (record: JsonRecord) => void;
  /** What the node derives waits outside the journal. */
  readonly isDelayed: () => boolean;
}

const snapshotName = 'commands';

interface Saved {
  readonly epoch: string;
  /** The journal has everything of these commands from here on; 0 where there are none. */
  readonly offset: number;
  readonly open: readonly OpenCommand[];
}

/**
 * Intents go from the journal by retention, however long they take; so those that are open are carried in a snapshot, and
 * the journal says what became of them since. A snapshot that ends before what the journal still has is not believed: the
 * end of a command may have gone with what lies between.
 */
export function openKeeper({ journal, snapshots, open, restore, isDelayed }: OpenKeeperParts): OpenKeeper {
  let last: readonly OpenCommand[] = [];
  let head = journal.head.offset;
  let written = '';

  return {
    async restore() {
      const bytes = await snapshots.read(snapshotName);
      const saved = bytes && (JSON.parse(bytes.toString('utf8')) as Saved);
      if (saved?.epoch !== journal.epoch || saved.offset < journal.use().firstOffset) return;
      last = saved.open;
      for (const { command, state } of saved.open) {
        restore({ kind: 'command', body: command });
        if (state === 'delivered')
          restore({ kind: 'commandState', body: { id: command.id, device: command.device, state, at: 0 } });
      }
    },
    async save() {
      if (isDelayed()) return;
      // How it was the time before, and from where on the journal says what became of it: that is durable by now.
      const saved: Saved = { epoch: journal.epoch, offset: last.length > 0 ? head : 0, open: last };
      last = open();
      head = journal.head.offset;
      const text = JSON.stringify(saved);
      if (text === written) return;
      await snapshots.write(snapshotName, Buffer.from(text));
      written = text;
    },
  };
}
