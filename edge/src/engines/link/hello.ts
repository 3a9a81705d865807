import type { Journal } from '@selvedge/journal';
import type { FrameBodies } from '@selvedge/protocol';
import type { UplinkOptions } from './uplink.ts';

/** How a node presents itself and a journal of it. */
export function helloOf(
  { node, software }: Pick<UplinkOptions, 'node' | 'software'>,
  journal: Pick<Journal, 'epoch' | 'head' | 'use'>,
  time: number,
  link?: string,
): FrameBodies['hello'] {
  const { offset, hash } = journal.head;
  const base = { offset: journal.use().firstOffset, hash: '' };
  return {
    node,
    epoch: journal.epoch,
    head: { offset, hash: hex(hash) },
    base,
    software,
    time,
    speaks: ['proof'],
    ...(link !== undefined && { link }),
  };
}

/**
 * What the journal has before an offset: the hash of the batch that ends there, or reaches over it, which is then another
 * history than one that has an end there; empty where that has been let go, or cannot be read. [LNK-53]
 */
export async function hashBefore(journal: Pick<Journal, 'head' | 'read'>, offset: number): Promise<string> {
  if (offset === journal.head.offset) return hex(journal.head.hash);
  for await (const batch of journal.read(Math.max(0, offset - 1))) {
    if (batch.firstOffset < offset) return hex(batch.hash);
    return batch.firstOffset === offset ? hex(batch.prevHash) : '';
  }
  return '';
}

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');
