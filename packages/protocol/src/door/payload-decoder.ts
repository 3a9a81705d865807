import type { Buffer } from 'node:buffer';
import type { ReadingDraft } from '../reading-draft.ts';
import type { PayloadFailure } from './payload-failure.ts';

/**
 * Reads the payload in `bytes[start, end)`. Each reading in it is put into `draft`, which was cleared before, and handed
 * over by `emit`; a failure after an `emit` takes the whole payload back, so nothing is emitted before all is checked.
 */
export type PayloadDecoder = (
  draft: ReadingDraft,
  bytes: Buffer,
  start: number,
  end: number,
  emit: () => void,
) => PayloadFailure | undefined;
