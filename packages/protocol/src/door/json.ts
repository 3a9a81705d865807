import type { Buffer } from 'node:buffer';
import { clearDraft, type ReadingDraft } from '../reading-draft.ts';
import { addValue } from './add-value.ts';
import { parseJson } from './json-text.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';
import { plainJson } from './plain-json.ts';
import { decodeTime } from './time.ts';

/** Deeper payloads are refused: no device nests its values further, but an attacker would. */
const depthMax = 4;

/**
 * A JSON object of values. `timestamp` is the time taken; `$boot` and `$seq`, whole numbers and always together, name the
 * reading; other members that begin with `$` are reserved. Objects and lists inside are flattened (`battery.level`,
 * `phase.0`); `null` says that there is none.
 */
export function decodeJson(draft: ReadingDraft, bytes: Buffer, start: number, end: number): PayloadFailure | undefined {
  if (!readPlain(draft, bytes, start, end)) {
    clearDraft(draft);
    const failure = readAny(draft, bytes, start, end);
    if (failure) return failure;
  }
  if (draft.boot < 0 !== draft.seq < 0) return unfit('sequence-unreadable', '$boot and $seq only come together');
  return draft.count === 0 ? unfit('no-value', 'the payload holds no value') : undefined;
}

const readPlain = plainJson((draft, name, value) => readMember(draft, name, value, 1));

/** As `decodeJson`, for whatever JSON can say. */
function readAny(draft: ReadingDraft, bytes: Buffer, start: number, end: number): PayloadFailure | undefined {
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  const raw = parsed.value;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return unfit('payload-not-object', 'the payload is JSON, but not an object of values');
  }
  return readMembers(draft, raw as Record<string, unknown>, '', 1);
}

function readMembers(
  draft: ReadingDraft,
  raw: Record<string, unknown>,
  prefix: string,
  depth: number,
): PayloadFailure | undefined {
  for (const name in raw) {
    const failure = readMember(draft, depth === 1 ? name : prefix + name, raw[name], depth);
    if (failure) return failure;
  }
  return undefined;
}

const dollar = 36;

function readMember(draft: ReadingDraft, name: string, value: unknown, depth: number): PayloadFailure | undefined {
  if (value === null) return undefined;
  if (depth === 1 && name === 'timestamp') {
    const time = decodeTime(value);
    if (!time.ok) return unfit('time-unreadable', time.why);
    draft.takenAt = time.value;
    return undefined;
  }
  if (depth === 1 && name.charCodeAt(0) === dollar) return readName(draft, name, value);
  if (typeof value === 'object') {
    if (depth === depthMax) return unfit('too-deep', `${name} is nested deeper than ${depthMax} levels`);
    return readMembers(draft, value as Record<string, unknown>, `${name}.`, depth + 1);
  }
  return addValue(draft, name, value as number | boolean | string);
}

function readName(draft: ReadingDraft, name: string, value: unknown): PayloadFailure | undefined {
  if (name !== '$boot' && name !== '$seq')
    return unfit('reserved-name', `${name}: names that begin with $ are reserved`);
  const max = name === '$boot' ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    return unfit('sequence-unreadable', `${name} must be a whole number from 0 to ${max}`);
  }
  // `-0` is a whole number too; adding 0 makes it the 0 that it means.
  if (name === '$boot') draft.boot = value + 0;
  else draft.seq = value + 0;
  return undefined;
}
