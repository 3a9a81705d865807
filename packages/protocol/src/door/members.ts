import type { Decoded } from '@selvedge/kernel';
import { clearDraft, type ReadingDraft } from '../reading-draft.ts';
import { addValue } from './add-value.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';
import { decodeTime } from './time.ts';

/** How the members of an object are understood. */
export interface MemberRules {
  /** The member at the top that says when the values were taken. */
  readonly time: string;
  readonly readTime: (raw: unknown) => Decoded<number>;
  /** Whether `$boot` and `$seq` name the reading, and other members with `$` are reserved. */
  readonly named: boolean;
  /** Whether the texts ON and OFF are switches. */
  readonly switches: boolean;
}

/** The rules that `decodeJson` follows. */
export const plainRules: MemberRules = { time: 'timestamp', readTime: decodeTime, named: true, switches: false };

/** As in JSON: no device nests its values further, but an attacker would. */
const depthMax = 4;

/** Makes `raw` the one reading of the draft, which is cleared before: an object of values as `decodeJson` has them. */
export function readObject(draft: ReadingDraft, raw: unknown, rules: MemberRules): PayloadFailure | undefined {
  clearDraft(draft);
  if (!isObject(raw) || Array.isArray(raw))
    return unfit('payload-not-object', 'the payload is not an object of values');
  const failure = addMembers(draft, raw, rules);
  if (failure) return failure;
  if (draft.boot < 0 !== draft.seq < 0) return unfit('sequence-unreadable', '$boot and $seq only come together');
  return draft.count === 0 ? unfit('no-value', 'the payload holds no value') : undefined;
}

/**
 * Emits a reading for each object, when all of them are good: a payload is taken whole or not at all. So each is read
 * twice; that costs less than keeping the first result.
 */
export function emitObjects(
  draft: ReadingDraft,
  objects: readonly unknown[],
  rules: MemberRules,
  emit: () => void,
): PayloadFailure | undefined {
  if (objects.length === 0) return unfit('no-value', 'the payload holds no reading');
  for (const [index, raw] of objects.entries()) {
    const failure = readObject(draft, raw, rules);
    if (failure) return objects.length === 1 ? failure : unfit(failure.reason, `reading ${index + 1}: ${failure.why}`);
  }
  for (const raw of objects) {
    if (objects.length > 1) readObject(draft, raw, rules);
    emit();
  }
  return undefined;
}

/** Adds what an object or list holds, its members' names behind `prefix`. */
export function addMembers(
  draft: ReadingDraft,
  raw: object,
  rules: MemberRules,
  prefix = '',
  depth = 1,
): PayloadFailure | undefined {
  for (const [name, value] of Object.entries(raw)) {
    const failure = addMember(draft, prefix + name, value, rules, depth, prefix === '');
    if (failure) return failure;
  }
  return undefined;
}

function addMember(
  draft: ReadingDraft,
  name: string,
  value: unknown,
  rules: MemberRules,
  depth: number,
  atTop: boolean,
): PayloadFailure | undefined {
  if (value === null || value === undefined) return undefined;
  if (atTop && name === rules.time) {
    const time = rules.readTime(value);
    if (!time.ok) return unfit('time-unreadable', time.why);
    draft.takenAt = time.value;
    return undefined;
  }
  if (atTop && rules.named && name.startsWith('$')) return readName(draft, name, value);
  if (isObject(value)) {
    if (depth === depthMax) return unfit('too-deep', `a value is nested deeper than ${depthMax} levels`);
    return addMembers(draft, value, rules, `${name}.`, depth + 1);
  }
  if (typeof value === 'string') return addValue(draft, name, rules.switches ? (switchOf(value) ?? value) : value);
  if (typeof value === 'number' || typeof value === 'boolean') return addValue(draft, name, value);
  return unfit('value-unsupported', `a ${typeof value} is no value`);
}

/** What `ON` and `OFF` mean, in capitals or not; undefined for other texts. */
export function switchOf(text: string): boolean | undefined {
  if (text.length > 3) return undefined;
  const small = text.toLowerCase();
  return small === 'on' ? true : small === 'off' ? false : undefined;
}

/** Lists and plain objects; not a date, a map or bytes, whose members are not what they say. */
function isObject(raw: unknown): raw is object {
  if (typeof raw !== 'object' || raw === null) return false;
  const prototype: unknown = Object.getPrototypeOf(raw);
  return prototype === Object.prototype || prototype === null || Array.isArray(raw);
}

function readName(draft: ReadingDraft, name: string, value: unknown): PayloadFailure | undefined {
  if (name !== '$boot' && name !== '$seq')
    return unfit('reserved-name', `${name.slice(0, 64)}: names that begin with $ are reserved`);
  const max = name === '$boot' ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max)
    return unfit('sequence-unreadable', `${name} must be a whole number from 0 to ${max}`);
  // `-0` is a whole number too; adding 0 makes it the 0 that it means.
  if (name === '$boot') draft.boot = value + 0;
  else draft.seq = value + 0;
  return undefined;
}
