import type { BatchFrame } from '@selvedge/protocol';
import type { LinksWorld } from './one-link.ts';
import type { LinkInput } from './session.ts';
import { unpackBatch } from './unpack-batch.ts';

/**
 * Brings a batch into the log, or aside when it is not what it says of itself: a broken batch must not hold up those
 * behind it, and must not be lost to those who look for the cause. Rejects when the store does.
 */
export async function takeBatch(
  batch: BatchFrame,
  of: { readonly node: string; readonly epoch: string },
  {
    clock,
    log,
    metrics,
    store,
    intake,
  }: Omit<LinksWorld, 'store'> & { readonly store: Pick<LinksWorld['store'], 'log'> },
): Promise<LinkInput> {
  const began = clock.ticks();
  const unpacked = unpackBatch(batch, of.node, of.epoch);
  if (!unpacked.ok) {
    const { codec: _, plainLength: bodyLength, ...fields } = batch;
    await store.log.setAside({ ...fields, ...of, bodyLength }, 'LINK_BATCH_BROKEN', unpacked.why);
    metrics.linkBatches.add(1, 'aside');
    log.error('link.batch_set_aside', { ...of, offset: batch.firstOffset, why: unpacked.why });
    return { kind: 'broken', batch, why: unpacked.why };
  }
  const taken = await intake.take(unpacked.value);
  metrics.linkBatches.add(1, taken.kind);
  if (taken.kind === 'appended') metrics.linkRecords.add(batch.count);
  metrics.linkTakeSeconds.observe((clock.ticks() - began) / 1_000);
  return { kind: 'taken', batch, taken };
}
