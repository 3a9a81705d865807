import { type Journal, visitRecords } from '@selvedge/journal';
import { classOf, decodeRecord, recordKind, type Twin } from '@selvedge/protocol';
import type { Snapshots } from '../../ports.ts';
import { type EdgeTwins, twinIn } from './twins.ts';

const snapshotName = 'twins';

interface Saved {
  readonly replica: string;
  /** Records of twins from this offset on may be missing in the snapshot. */
  readonly offset: number;
  readonly twins: readonly Twin[];
}

/** Brings twins back, and keeps them. */
export interface TwinKeeper {
  restore(): Promise<void>;
  /** Every minute, and at the end: writes the snapshot if there is anything new. */
  save(): Promise<void>;
}

/**
 * Twins are the journal's records of them, from a snapshot on. Without one of this journal the node begins under a new
 * name: it cannot know what it wrote under the old one, and the cloud has what was shipped.
 */
export function twinKeeper(
  node: string,
  twins: Pick<EdgeTwins, 'begin' | 'restore' | 'all' | 'changes'>,
  journal: Journal,
  snapshots: Snapshots,
): TwinKeeper {
  let replica = '';
  let saved = -1;
  let head = journal.head.offset;

  const save = async (): Promise<void> => {
    // What was durable at the time before has been settled since.
    const offset = head;
    head = journal.head.offset;
    const { changes } = twins;
    if (changes === saved) return;
    const snapshot: Saved = { replica, offset, twins: [...twins.all()] };
    await snapshots.write(snapshotName, Buffer.from(JSON.stringify(snapshot)));
    saved = changes;
  };

  return {
    async restore() {
      const bytes = await snapshots.read(snapshotName);
      const found = bytes && (JSON.parse(bytes.toString('utf8')) as Saved);
      const isOurs = found?.replica.startsWith(`${node}/${journal.epoch}`) ?? false;
      replica = isOurs ? found!.replica : nameAt(node, journal);
      twins.begin(replica);
      for (const twin of found?.twins ?? []) twins.restore(twin);
      if (isOurs) await replay(found!.offset);
      await save();
    },
    save,
  };

  async function replay(from: number): Promise<void> {
    for await (const batch of journal.read(from, { classes: [classOf('twin')] })) {
      visitRecords(batch, (body, start, end) => {
        if (body[start] !== recordKind.twin) return;
        const record = decodeRecord(body, start, end);
        const part = record.ok ? twinIn(record.value) : undefined;
        if (part) twins.restore(part);
      });
    }
  }
}

const nameAt = (node: string, { epoch, head }: Journal): string =>
  head.offset === 0 ? `${node}/${epoch}` : `${node}/${epoch}.${head.offset}`;
