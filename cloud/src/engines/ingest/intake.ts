import { localClass } from '@selvedge/protocol';
import type { Claim, Held, IngestLog, Intake, ShippedBatch, Taken } from '../../ports.ts';
import { ingestFaults } from './faults.ts';
import { judgeBatch, meetsHeld } from './judge-batch.ts';
import { trimRun } from './trim-run.ts';

/** Batches of one journal that may wait; beyond it `take` is refused as INGEST_BUSY. A link keeps far fewer in flight. */
const waitingMax = 131_072;
/** Batches, and bytes of their bodies, in one transaction at most, so that the first need not wait for the last. */
const togetherMax = { batches: 4_096, bytes: 4 * 2 ** 20 };

interface Waiting {
  readonly batches: readonly ShippedBatch[];
  readonly by: Claim | undefined;
  readonly settle: (taken: readonly Taken[]) => void;
  readonly fail: (cause: unknown) => void;
}

/** A claim waits in line with the batches, so that nothing is taken between the look at what is held and the claim. */
interface Claiming {
  readonly node: string;
  readonly epoch: string;
  readonly look: (held: readonly Held[]) => void;
  readonly fail: (cause: unknown) => void;
}

interface JournalIntake {
  readonly waiting: (Waiting | Claiming)[];
  /** Batches that wait. */
  count: number;
  busy: boolean;
  /** What the log holds, as far as this program wrote it; undefined until it is read, and after a failure. */
  held: readonly Held[] | undefined;
  /** The last one. It counts beyond its end, so that what came by it before is still taken. */
  claim: Claim | undefined;
  isClaimed: boolean;
}

/**
 * Takes batches one after the other per journal, so that each is judged by what the one before left behind; a claim waits
 * in the same line. Throws INGEST_BUSY, INGEST_MISUSED, and whatever fault the log has; after a fault nothing of the batch
 * is kept.
 */
export function intake(world: { readonly log: IngestLog }): Intake {
  const journals = new Map<string, JournalIntake>();

  async function drain(key: string, journal: JournalIntake): Promise<void> {
    journal.busy = true;
    for (let next = journal.waiting[0]; next; next = journal.waiting[0]) {
      if ('look' in next) {
        journal.waiting.shift();
        await judgeClaim(journal, next);
        continue;
      }
      const group = nextGroup(journal);
      try {
        await takeGroup(journal, group);
      } catch (cause) {
        journal.held = undefined;
        for (const one of group) one.fail(cause);
      }
    }
    journal.busy = false;
    forget(key, journal);
  }

  /** A journal is remembered only while somebody ships it: epochs come and go for ever. */
  function forget(key: string, journal: JournalIntake): void {
    const isIdle = !journal.busy && !journal.isClaimed;
    if (journals.size > journalsKept && isIdle && journals.get(key) === journal) journals.delete(key);
  }

  async function judgeClaim(journal: JournalIntake, { node, epoch, look, fail }: Claiming): Promise<void> {
    try {
      journal.held ??= await world.log.held(node, epoch);
      look(journal.held);
    } catch (cause) {
      fail(cause);
    }
  }

  async function takeGroup(journal: JournalIntake, waiting: readonly Waiting[]): Promise<void> {
    const isLate = ({ by }: Waiting): boolean => by !== journal.claim;
    for (const one of waiting.filter(isLate)) one.settle(one.batches.map(() => ({ kind: 'late' })));
    const group = waiting.filter((one) => !isLate(one));
    if (group.length === 0) return;
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

  const journalOf = (node: string, epoch: string): { readonly key: string; readonly journal: JournalIntake } => {
    const key = `${epoch}/${node}`;
    let journal = journals.get(key);
    if (!journal) {
      journal = { waiting: [], count: 0, busy: false, held: undefined, claim: undefined, isClaimed: false };
      journals.set(key, journal);
    }
    return { key, journal };
  };

  const takeAll: Intake['takeAll'] = (batches, by) => {
    const [first] = batches;
    if (!first) return Promise.resolve([]);
    const unfit = batches.find(({ count }) => !(Number.isSafeInteger(count) && count > 0));
    if (unfit) {
      const facts = { node: unfit.node, offset: unfit.firstOffset, count: unfit.count };
      return Promise.reject(ingestFaults('INGEST_MISUSED', `a batch of ${unfit.count} records`, facts));
    }
    const { key, journal } = journalOf(first.node, first.epoch);
    if (journal.count + batches.length > waitingMax) {
      const message = `${journal.count} batches of ${first.node} wait for the store`;
      return Promise.reject(ingestFaults('INGEST_BUSY', message, { node: first.node, waiting: waitingMax }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<readonly Taken[]>();
    journal.waiting.push({ batches, by, settle: resolve, fail: reject });
    journal.count += batches.length;
    if (!journal.busy) void drain(key, journal);
    return promise;
  };

  const claim: Intake['claim'] = (of, fits) => {
    const { key, journal } = journalOf(of.node, of.epoch);
    const { promise, resolve, reject } = Promise.withResolvers<Claim | undefined>();
    const own: Claim = {
      ...of,
      get isCurrent() {
        return journal.claim === own;
      },
      end() {
        if (journal.claim !== own) return;
        journal.isClaimed = false;
        forget(key, journal);
      },
    };
    const look = (held: readonly Held[]): void => {
      const isGranted = fits(held);
      if (isGranted) {
        journal.claim = own;
        journal.isClaimed = true;
      }
      resolve(isGranted ? own : undefined);
    };
    journal.waiting.push({ ...of, look, fail: reject });
    if (!journal.busy) void drain(key, journal);
    return promise;
  };

  return { claim, takeAll, take: async (batch, by) => (await takeAll([batch], by))[0]! };
}

/** What is taken in one transaction: the first that waits, and as many behind it as are allowed. */
function nextGroup(journal: JournalIntake): readonly Waiting[] {
  let [groups, count, bytes] = [0, 0, 0];
  for (const one of journal.waiting) {
    if ('look' in one) break;
    const { batches } = one;
    const size = batches.reduce((sum, batch) => sum + batch.bodyLength, 0);
    if (groups > 0 && (count + batches.length > togetherMax.batches || bytes + size > togetherMax.bytes)) break;
    groups += 1;
    count += batches.length;
    bytes += size;
  }
  journal.count -= count;
  return journal.waiting.splice(0, groups) as Waiting[];
}

const journalsKept = 4_096;
