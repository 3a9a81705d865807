import type { Journal } from '@selvedge/journal';
import type { FrameBodies } from '@selvedge/protocol';
import type { UplinkOptions } from './uplink.ts';

/** How a node presents itself and a journal of it. */
export function helloOf(
  { node, software }: Pick<UplinkOptions, 'node' | 'software'>,
  journal: Pick<Journal, 'epoch' | 'head' | 'use'>,
  time: number,
): FrameBodies['hello'] {
  const { offset, hash } = journal.head;
  const base = { offset: journal.use().firstOffset, hash: '' };
  return {
    node,
    epoch: journal.epoch,
    head: { offset, hash: Buffer.from(hash).toString('hex') },
    base,
    software,
    time,
  };
}
