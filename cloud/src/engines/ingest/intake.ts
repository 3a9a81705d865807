import { localClass } from '@selvedge/protocol';
import type { Held, IngestLog, Intake, ShippedBatch, Taken } from '../../ports.ts';
import { ingestFaults } from './faults.ts';
import { judgeBatch, meetsHeld } from './judge-batch.ts';
import { trimRun } from './trim-run.ts';

/** Batches of one journal that may wait; beyond it `take` is refused as INGEST_BUSY. A link keeps far fewer in flight. */
const waitingMax = 131_072;
/** Batches, and bytes of their bodies, in one transaction at most, so that the first need not wait for the last. */
const togetherMax = { batches: 4_096, bytes: 4 * 2 ** 20 };

interface Waiting {
  readonly batches: readonly ShippedBatch[];
  readonly settle: (taken: readonly Taken[]) => void;
  readonly fail: (cause: unknown) => void;
}

interface JournalIntake {
  readonly waiting: Waiting[];
  /** Batches that wait. */
  count: number;
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
      const group = nextGroup(journal);
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
    const { node, epoch } = group[0]!.batches[0]!;
    let held = journal.held ?? (await world.log.held(node, epoch));
    const fresh: ShippedBatch[] = [];

    const takeOne = async (batch: ShippedBatch): Promise<Taken> => {
      // Where runs of records that stay at the edge end depends on when they were shipped, so they may overlap.
      if (batch.klass === localClass && batch.bodyDigest.length === 0) {
        const pieces = trimRun(batch, held);
        for (const piece of pieces) {
          const judgement = judgeBatch(held, piece, []);
          if (judgement.verdict === 'refused') return { kind: 'refused', ...judgement };
          if (judgement.verdict === 'append') held = judgement.held;
          fresh.push(piece);
        }
        return { kind: pieces.length > 0 ? 'appended' : 'held' };
      }
      const to = batch.firstOffset + batch.count;
      if (meetsHeld(held, batch) && to <= (await world.log.prunedTo(node, epoch))) return { kind: 'held' };
      const marks = meetsHeld(held, batch)
        ? [
            ...(await world.log.marks(node, epoch, [batch.firstOffset, to])),
            ...fresh.filter((one) => one.firstOffset < to && batch.firstOffset < one.firstOffset + one.count),
          ]
        : [];
      const judgement = judgeBatch(held, batch, marks);
      if (judgement.verdict === 'held') return { kind: 'held' };
      if (judgement.verdict === 'refused') return { kind: 'refused', code: judgement.code, message: judgement.message };
      held = judgement.held;
      fresh.push(batch);
      return { kind: 'appended' };
    };

    const verdicts: Taken[][] = [];
    for (const { batches } of group) {
      const taken: Taken[] = [];
      for (const batch of batches) taken.push(await takeOne(batch));
      verdicts.push(taken);
    }
    if (fresh.length > 0) await world.log.append(fresh, held);
    journal.held = held;
    for (const [index, one] of group.entries()) one.settle(verdicts[index]!);
  }

  const takeAll = (batches: readonly ShippedBatch[]): Promise<readonly Taken[]> => {
    const [first] = batches;
    if (!first) return Promise.resolve([]);
    const unfit = batches.find(({ count }) => !(Number.isSafeInteger(count) && count > 0));
    if (unfit) {
      const facts = { node: unfit.node, offset: unfit.firstOffset, count: unfit.count };
      return Promise.reject(ingestFaults('INGEST_MISUSED', `a batch of ${unfit.count} records`, facts));
    }
    const key = `${first.epoch}/${first.node}`;
    let journal = journals.get(key);
    if (!journal) journals.set(key, (journal = { waiting: [], count: 0, busy: false, held: undefined }));
    if (journal.count + batches.length > waitingMax) {
      const message = `${journal.count} batches of ${first.node} wait for the store`;
      return Promise.reject(ingestFaults('INGEST_BUSY', message, { node: first.node, waiting: waitingMax }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<readonly Taken[]>();
    journal.waiting.push({ batches, settle: resolve, fail: reject });
    journal.count += batches.length;
    if (!journal.busy) void drain(key, journal);
    return promise;
  };

  return { takeAll, take: async (batch) => (await takeAll([batch]))[0]! };
}

/** What is taken in one transaction: the first that waits, and as many behind it as are allowed. */
function nextGroup(journal: JournalIntake): readonly Waiting[] {
  let [groups, count, bytes] = [0, 0, 0];
  for (const { batches } of journal.waiting) {
    const size = batches.reduce((sum, batch) => sum + batch.bodyLength, 0);
    if (groups > 0 && (count + batches.length > togetherMax.batches || bytes + size > togetherMax.bytes)) break;
    groups += 1;
    count += batches.length;
    bytes += size;
  }
  journal.count -= count;
  return journal.waiting.splice(0, groups);
}

const journalsKept = 4_096;
