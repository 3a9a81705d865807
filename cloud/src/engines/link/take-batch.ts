import type { BatchFrame } from '@selvedge/protocol';
import type { Claim } from '../../ports.ts';
import type { LinkInput } from './link-step.ts';
import type { LinksWorld } from './one-link.ts';
import { unpackBatch } from './unpack-batch.ts';

/**
 * Brings a batch into the log, or aside when it is not what it says of itself: a broken batch must not hold up those
 * behind it, and must not be lost to those who look for the cause. Rejects when the store does.
 */
export async function takeBatch(
  batch: BatchFrame,
  by: Claim,
  {
    clock,
    log,
    metrics,
    store,
    intake,
  }: Omit<LinksWorld, 'store'> & { readonly store: Pick<LinksWorld['store'], 'log'> },
): Promise<LinkInput> {
  const began = clock.ticks();
  const of = { node: by.node, epoch: by.epoch };
  // Offsets that are set aside count as acknowledged, so it must be this journal's own that are.
  if (!by.isCurrent) return { kind: 'replaced' };
  const unpacked = unpackBatch(batch, of.node, of.epoch);
  if (!unpacked.ok) {
    const { codec: _, plainLength: bodyLength, ...fields } = batch;
    await store.log.setAside({ ...fields, ...of, bodyLength }, 'LINK_BATCH_BROKEN', unpacked.why);
    metrics.linkBatches.add(1, 'aside');
    log.error('link.batch_set_aside', { ...of, offset: batch.firstOffset, why: unpacked.why });
    return { kind: 'broken', batch, why: unpacked.why };
  }
  const taken = await intake.take(unpacked.value, by);
  metrics.linkBatches.add(1, taken.kind);
  if (taken.kind === 'late') return { kind: 'replaced' };
  if (taken.kind === 'appended') metrics.linkRecords.add(batch.count);
  metrics.linkTakeSeconds.observe((clock.ticks() - began) / 1_000);
  return { kind: 'taken', batch, taken };
}
