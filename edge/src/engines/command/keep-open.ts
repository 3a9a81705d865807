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
      for (const { command, state } of saved.open) {
        restore({ kind: 'command', body: command });
        if (state === 'delivered')
          restore({ kind: 'commandState', body: { id: command.id, device: command.device, state, at: 0 } });
      }
    },
    async save() {
      if (isDelayed()) return;
      const now = open();
      const ids = new Set(now.map(({ command }) => command.id));
      // Its end may not be durable yet, and until it is the command is not over.
      const all = [...now, ...last.filter(({ command }) => !ids.has(command.id))];
      const offset = all.length > 0 ? head : 0;
      last = now;
      head = journal.head.offset;
      const text = JSON.stringify({ epoch: journal.epoch, offset, open: all } satisfies Saved);
      if (text === written) return;
      await snapshots.write(snapshotName, Buffer.from(text));
      written = text;
    },
  };
}
