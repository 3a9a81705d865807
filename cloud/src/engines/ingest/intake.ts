import type { Held, IngestLog, Intake, ShippedBatch, Taken } from '../../ports.ts';
import { ingestFaults } from './faults.ts';
import { judgeBatch, meetsHeld } from './judge-batch.ts';

/** Batches of one journal that may wait; beyond it `take` is refused as INGEST_BUSY. A link keeps far fewer in flight. */
const waitingMax = 4_096;
/** Batches in one transaction at most, so that their bytes stay bounded and the first need not wait for the last. */
const togetherMax = 64;

interface Waiting {
  readonly batch: ShippedBatch;
  readonly settle: (taken: Taken) => void;
  readonly fail: (cause: unknown) => void;
}

interface JournalIntake {
  readonly waiting: Waiting[];
  busy: boolean;
  /** What the log holds, as far as this program wrote it; undefined until it is read, and after a failure. */
  held: readonly Held[] | undefined;
}

/**
 * Takes batches one after the other per journal, so that each is judged by what the one before left behind. Throws
 * INGEST_BUSY, INGEST_MISUSED, and whatever fault the log has; after a fault nothing of the batch is kept.
 */
export function intake(world: { readonly log: IngestLog }): Intake {
  const journals = new Map<string, JournalIntake>();

  async function drain(key: string, journal: JournalIntake): Promise<void> {
    journal.busy = true;
    while (journal.waiting.length > 0) {
      const group = journal.waiting.splice(0, togetherMax);
      try {
        await takeGroup(journal, group);
      } catch (cause) {
        journal.held = undefined;
        for (const one of group) one.fail(cause);
      }
    }
    journal.busy = false;
    // A journal is remembered only while somebody ships it: epochs come and go for ever.
    if (journals.size > journalsKept) journals.delete(key);
  }

  async function takeGroup(journal: JournalIntake, group: readonly Waiting[]): Promise<void> {
    const { node, epoch } = group[0]!.batch;
    let held = journal.held ?? (await world.log.held(node, epoch));
    const fresh: ShippedBatch[] = [];
    const verdicts: Taken[] = [];
    for (const { batch } of group) {
      const to = batch.firstOffset + batch.count;
      const marks = meetsHeld(held, batch)
        ? [
            ...(await world.log.marks(node, epoch, [batch.firstOffset, to])),
            ...fresh.filter((one) => one.firstOffset < to && batch.firstOffset < one.firstOffset + one.count),
          ]
        : [];
      const judgement = judgeBatch(held, batch, marks);
      if (judgement.verdict === 'append') {
        held = judgement.held;
        fresh.push(batch);
        verdicts.push({ kind: 'appended' });
      } else if (judgement.verdict === 'held') verdicts.push({ kind: 'held' });
      else verdicts.push({ kind: 'refused', code: judgement.code, message: judgement.message });
    }
    if (fresh.length > 0) await world.log.append(fresh, held);
    journal.held = held;
    for (const [index, one] of group.entries()) one.settle(verdicts[index]!);
  }

  return {
    take(batch) {
      if (!(Number.isSafeInteger(batch.count) && batch.count > 0)) {
        const facts = { node: batch.node, offset: batch.firstOffset, count: batch.count };
        return Promise.reject(ingestFaults('INGEST_MISUSED', `a batch of ${batch.count} records`, facts));
      }
      const key = `${batch.epoch}/${batch.node}`;
      let journal = journals.get(key);
      if (!journal) journals.set(key, (journal = { waiting: [], busy: false, held: undefined }));
      if (journal.waiting.length >= waitingMax) {
        const message = `${waitingMax} batches of ${batch.node} wait for the store`;
        return Promise.reject(ingestFaults('INGEST_BUSY', message, { node: batch.node, waiting: waitingMax }));
      }
      const taken = Promise.withResolvers<Taken>();
      journal.waiting.push({ batch, settle: taken.resolve, fail: taken.reject });
      if (!journal.busy) void drain(key, journal);
      return taken.promise;
    },
  };
}

const journalsKept = 4_096;
