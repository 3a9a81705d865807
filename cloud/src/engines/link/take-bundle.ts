import { batchHash, bodyDigest } from '@selvedge/journal';
import { addInterval, type Bundle, type BundleRun, type Interval, localClass } from '@selvedge/protocol';
import type { Claim, ShippedBatch } from '../../ports.ts';
import type { LinkInput } from './link-step.ts';
import type { LinksWorld } from './one-link.ts';

/** A run that is not what it says of itself, as a whole: its node must send it batch by batch. */
export interface BrokenRun {
  readonly offset: number;
  readonly why: string;
}

/**
 * Brings the batches of a bundle into the log, in one go. Inner hashes are recomputed from the plain bodies; a run whose
 * last is not the one that was announced has something broken in it, and nobody can tell what: it is refused by its
 * offset, and the node sends its batches one by one, each with its own hash. Rejects when the store does. [LNK-36] [LNK-37]
 */
export async function takeBundle(
  bundle: Bundle,
  by: Claim,
  { clock, log, metrics, intake }: Pick<LinksWorld, 'clock' | 'log' | 'metrics' | 'intake'>,
): Promise<LinkInput> {
  const began = clock.ticks();
  const of = { node: by.node, epoch: by.epoch };
  const batches: ShippedBatch[] = [];
  const broken: BrokenRun[] = [];
  for (const run of bundle.runs) {
    const found = run.kind === 'local' ? [localRun(run, of)] : chained(run, of);
    if (found) batches.push(...found);
    else broken.push({ offset: run.firstOffset, why: `the run at ${run.firstOffset} has another hash than it says` });
  }
  for (const { offset, why } of broken) log.warn('link.run_broken', { ...of, offset, why });
  const taken = await intake.takeAll(batches, by);
  const refused = taken.find((one) => one.kind === 'refused');
  for (const [index, { kind }] of taken.entries()) {
    metrics.linkBatches.add(1, kind);
    if (kind === 'appended') metrics.linkRecords.add(batches[index]!.count);
  }
  if (taken.some(({ kind }) => kind === 'late')) return { kind: 'replaced' };
  metrics.linkTakeSeconds.observe((clock.ticks() - began) / 1_000);
  const settled = batches.reduce<readonly Interval[]>(
    (all, { firstOffset, count }) => addInterval(all, [firstOffset, firstOffset + count]),
    [],
  );
  return { kind: 'bundleTaken', bundle, settled, broken, refused: refused?.message };
}

/** The batches of a run with their digests and hashes; undefined where these do not lead to the run's own. */
function chained(
  run: Extract<BundleRun, { kind: 'batches' }>,
  of: { readonly node: string; readonly epoch: string },
): ShippedBatch[] | undefined {
  let prevHash = run.prevHash;
  const batches = run.batches.map((batch): ShippedBatch => {
    const { klass, firstOffset, count, appendedAt, bodyLength, body } = batch;
    const digest = body ? bodyDigest(body) : batch.bodyDigest!;
    const fields = { klass, firstOffset, count, appendedAt, bodyLength };
    const hash = batchHash(fields, digest, prevHash);
    const shipped = { ...fields, ...of, prevHash, hash, bodyDigest: digest, body };
    prevHash = hash;
    return shipped;
  });
  return Buffer.compare(prevHash, run.hash) === 0 ? batches : undefined;
}

/** Records that stay at their site: one link of the chain, without digest or body. */
const localRun = (
  { firstOffset, count, prevHash, hash }: Extract<BundleRun, { kind: 'local' }>,
  of: { readonly node: string; readonly epoch: string },
): ShippedBatch => ({
  ...of,
  klass: localClass,
  firstOffset,
  count,
  appendedAt: 0,
  prevHash,
  hash,
  bodyDigest: new Uint8Array(),
  bodyLength: 0,
  body: undefined,
});
