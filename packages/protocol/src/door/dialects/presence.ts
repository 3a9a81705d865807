import type { ReadingDraft } from '../../reading-draft.ts';
import { addValue } from '../add-value.ts';
import type { PayloadDecoder } from '../payload-decoder.ts';
import { type PayloadFailure, unfit } from '../payload-failure.ts';

/** Whether a device can be reached is the value `online`, whatever its dialect calls it. */
export const presenceName = 'online';

/** Reads the two words by which a dialect says that a device has come or gone. */
export const presence = (here: string, gone: string): PayloadDecoder => {
  return (draft, bytes, start, end, emit) => {
    const word = bytes.toString('latin1', start, Math.min(end, start + longestWord));
    return emitPresence(draft, word === here ? true : word === gone ? false : undefined, emit);
  };
};

const longestWord = 16;

export function emitPresence(
  draft: ReadingDraft,
  online: boolean | undefined,
  emit: () => void,
): PayloadFailure | undefined {
  if (online === undefined)
    return unfit('presence-unreadable', 'the payload says neither that the device has come nor that it has gone');
  const failure = addValue(draft, presenceName, online);
  if (!failure) emit();
  return failure;
}
