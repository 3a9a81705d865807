import { isValueName, readingLimits, type Value } from '../reading.ts';
import type { ReadingDraft } from '../reading-draft.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';

/**
 * Adds one value at its place in the order of names, within `readingLimits`. Every decoder ends here; after a failure the
 * draft is good for nothing but `clearDraft`.
 */
export function addValue(draft: ReadingDraft, name: string, value: Value): PayloadFailure | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return unfit('value-not-finite', `${name} is ${value}`);
  if (typeof value === 'string') {
    if (value.length > readingLimits.textLength)
      return unfit('value-too-long', `${name} has ${value.length} characters, ${readingLimits.textLength} are allowed`);
    if (!value.isWellFormed()) return unfit('value-not-text', `${name} holds half a surrogate pair`);
  }
  if (!isValueName(name)) return unfit('name-unfit', `a name of ${name.length} characters cannot name a value`);
  if (draft.count === readingLimits.valueCount)
    return unfit('too-many-values', `more than ${readingLimits.valueCount} values`);

  // Devices mostly send names in one order, so the scan from the end is short and the values move little.
  const { names, values } = draft;
  let at = draft.count;
  while (at > 0 && names[at - 1]! > name) {
    names[at] = names[at - 1]!;
    values[at] = values[at - 1]!;
    at -= 1;
  }
  if (at > 0 && names[at - 1] === name) return unfit('name-doubled', `${name} has two values`);
  names[at] = name;
  values[at] = value;
  draft.count += 1;
  return undefined;
}
