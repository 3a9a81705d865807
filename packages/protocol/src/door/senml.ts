import type { Buffer } from 'node:buffer';
import type { Value } from '../reading.ts';
import { clearDraft, type ReadingDraft } from '../reading-draft.ts';
import { addValue } from './json.ts';
import { parseJson } from './json-text.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';

interface Resolved {
  readonly name: string;
  /** Milliseconds; negative when the pack gives none. */
  readonly time: number;
  readonly value: Value;
}

/** RFC 8428 section 4.5.3: a time below 2^28 seconds is relative to now, which only the receiver knows. */
const relativeBelow = 2 ** 28;

const known = new Set(['bn', 'bt', 'bu', 'bv', 'bs', 'bver', 'n', 'u', 'v', 'vs', 'vb', 'vd', 's', 't', 'ut']);

/**
 * SenML in JSON (RFC 8428). Records with the same time become one reading; values are named by the record's name after
 * base names are joined. Sums alone and data values are not readings and are refused, as is an unknown `…_` field.
 */
export function decodeSenml(
  draft: ReadingDraft,
  bytes: Buffer,
  start: number,
  end: number,
  emit: () => void,
): PayloadFailure | undefined {
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  const pack = parsed.value;
  if (!Array.isArray(pack)) return unfit('payload-not-senml', 'a SenML pack is a list of records');
  const resolved = resolve(pack);
  if ('reason' in resolved) return resolved;
  return emitByTime(draft, resolved.records, emit);
}

function resolve(pack: readonly unknown[]): { readonly records: readonly Resolved[] } | PayloadFailure {
  const records: Resolved[] = [];
  let baseName = '';
  let baseTime = 0;
  let baseValue = 0;
  for (const record of pack) {
    if (typeof record !== 'object' || record === null) return unfit('payload-not-senml', 'a SenML record is an object');
    const fields = record as Record<string, unknown>;
    const failure = checkFields(fields);
    if (failure) return failure;
    if (typeof fields['bn'] === 'string') baseName = fields['bn'];
    if (typeof fields['bt'] === 'number') baseTime = fields['bt'];
    if (typeof fields['bv'] === 'number') baseValue = fields['bv'];
    const value =
      typeof fields['v'] === 'number' ? fields['v'] + baseValue : (fields['vs'] ?? fields['vb'] ?? fields['bv']);
    if (value === undefined) continue;
    const time = baseTime + ((fields['t'] as number | undefined) ?? 0);
    if (time !== 0 && time < relativeBelow)
      return unfit('time-relative', `time ${time} s is relative to a clock that the pack does not give`);
    const name = baseName + ((fields['n'] as string | undefined) ?? '');
    records.push({ name, time: time === 0 ? -1 : Math.round(time * 1_000), value: value as Value });
  }
  return records.length > 0 ? { records } : unfit('no-value', 'the pack holds no value');
}

const kinds: Readonly<Record<string, string>> = {
  bn: 'string',
  n: 'string',
  vs: 'string',
  bu: 'string',
  u: 'string',
  bt: 'number',
  t: 'number',
  bv: 'number',
  v: 'number',
  ut: 'number',
  bver: 'number',
  vb: 'boolean',
};

function checkFields(fields: Record<string, unknown>): PayloadFailure | undefined {
  for (const [name, value] of Object.entries(fields)) {
    if (name.endsWith('_') && !known.has(name))
      return unfit('senml-extension', `the pack demands that ${name} be understood`);
    const kind = kinds[name];
    if (kind !== undefined && typeof value !== kind) return unfit('payload-not-senml', `${name} must be a ${kind}`);
  }
  if ('vd' in fields || 's' in fields || 'bs' in fields)
    return unfit('senml-unsupported', 'data values and sums are not readings');
  return undefined;
}

function emitByTime(draft: ReadingDraft, records: readonly Resolved[], emit: () => void): PayloadFailure | undefined {
  const times = [...new Set(records.map((record) => record.time))];
  for (const checkOnly of [true, false]) {
    for (const time of times) {
      clearDraft(draft);
      draft.takenAt = time;
      for (const record of records) {
        if (record.time !== time) continue;
        const failure = addValue(draft, record.name, record.value);
        if (failure) return failure;
      }
      if (!checkOnly) emit();
    }
  }
  return undefined;
}
