import type { Value } from '../reading.ts';
import { clearDraft, type ReadingDraft } from '../reading-draft.ts';
import { addValue } from './add-value.ts';
import { parseJson } from './json-text.ts';
import type { PayloadDecoder } from './payload-decoder.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';
import { timeMax } from './time.ts';

/** One record after the base fields are joined in (RFC 8428 section 4.6). */
interface Resolved {
  readonly name: string;
  /** Empty when the pack gives none. */
  readonly unit: string;
  /** Milliseconds; negative when the pack gives none. */
  readonly time: number;
  readonly value: Value;
}

/** RFC 8428 section 4.5.3: a time below 2^28 seconds is relative to now, which only the receiver knows. */
const relativeBelow = 2 ** 28;

/** RFC 8428 section 4.4: the version that the document defines; a higher one may mean other things. */
const versionMax = 10;

/** RFC 8428 section 4.5.1. */
const senmlName = /^[A-Za-z0-9][-A-Za-z0-9:./_]*$/;

/** SenML in JSON (RFC 8428). */
export const decodeSenml: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  return emitPack(draft, parsed.value, emit);
};

/**
 * Emits what a SenML pack says, its fields named as in JSON. Records with the same time become one reading; values are
 * named by the record's name after base names are joined, and by `name.unit` where the pack gives one name in several
 * units. Sums and data values are not readings and are refused, as is an unknown `…_` field.
 */
export function emitPack(draft: ReadingDraft, pack: unknown, emit: () => void): PayloadFailure | undefined {
  if (!Array.isArray(pack)) return unfit('payload-not-senml', 'a SenML pack is a list of records');
  const resolved = resolve(pack);
  if ('reason' in resolved) return resolved;
  const readings = [...Map.groupBy(nameByUnit(resolved.records), (record) => record.time)];
  for (const [time, records] of readings) {
    const failure = fill(draft, time, records);
    if (failure) return failure;
  }
  for (const [time, records] of readings) {
    fill(draft, time, records);
    emit();
  }
  return undefined;
}

function resolve(pack: readonly unknown[]): { readonly records: readonly Resolved[] } | PayloadFailure {
  const records: Resolved[] = [];
  let base: Fields = {};
  for (const raw of pack) {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      return unfit('payload-not-senml', 'a SenML record is an object');
    const failure = checkFields(raw);
    if (failure) return failure;
    const fields = raw as Fields;
    base = { ...base, ...fields };
    const value = fields.v === undefined ? (fields.vs ?? fields.vb) : fields.v + (base.bv ?? 0);
    if (value === undefined) continue;
    const name = (base.bn ?? '') + (fields.n ?? '');
    if (!senmlName.test(name)) return unfit('name-unfit', `"${name.slice(0, 64)}" is not a SenML name`);
    const time = (base.bt ?? 0) + (fields.t ?? 0);
    if (!(time * 1_000 <= timeMax)) return unfit('time-unreadable', `time ${time} s is not a time`);
    if (time !== 0 && time < relativeBelow)
      return unfit('time-relative', `time ${time} s is relative to a clock that the pack does not give`);
    const unit = fields.u ?? base.bu ?? '';
    records.push({ name, unit, time: time === 0 ? -1 : Math.round(time * 1_000), value });
  }
  return records.length > 0 ? { records } : unfit('no-value', 'the pack holds no value');
}

interface Fields {
  readonly bn?: string;
  readonly bt?: number;
  readonly bu?: string;
  readonly bv?: number;
  readonly n?: string;
  readonly u?: string;
  readonly t?: number;
  readonly v?: number;
  readonly vs?: string;
  readonly vb?: boolean;
}

const kinds: ReadonlyMap<string, 'string' | 'number' | 'boolean'> = new Map([
  ...['bn', 'bu', 'n', 'u', 'vs'].map((name) => [name, 'string'] as const),
  ...['bt', 'bv', 'bver', 't', 'ut', 'v'].map((name) => [name, 'number'] as const),
  ['vb', 'boolean'],
]);

function checkFields(raw: object): PayloadFailure | undefined {
  let values = 0;
  for (const [name, value] of Object.entries(raw)) {
    if (name === 'vd' || name === 's' || name === 'bs')
      return unfit('senml-unsupported', `${name}: data values and sums are not readings`);
    if (name.endsWith('_')) return unfit('senml-extension', `the pack demands that ${name} be understood`);
    const kind = kinds.get(name);
    if (kind !== undefined && typeof value !== kind) return unfit('payload-not-senml', `${name} must be a ${kind}`);
    if (name === 'bver' && value > versionMax)
      return unfit('senml-version', `version ${value}; up to ${versionMax} is known`);
    if (name === 'v' || name === 'vs' || name === 'vb') values += 1;
  }
  return values > 1 ? unfit('payload-not-senml', `a record has one value, not ${values}`) : undefined;
}

/** RFC 8428 section 5.1.3 gives humidity, longitude and latitude one name and tells them apart by their units alone. */
function nameByUnit(records: readonly Resolved[]): readonly Resolved[] {
  const units = new Map<string, string>();
  const several = new Set<string>();
  for (const { name, unit } of records) {
    if (units.has(name) && units.get(name) !== unit) several.add(name);
    units.set(name, unit);
  }
  if (several.size === 0) return records;
  return records.map((record) =>
    several.has(record.name) && record.unit !== '' ? { ...record, name: `${record.name}.${record.unit}` } : record,
  );
}

function fill(draft: ReadingDraft, time: number, records: readonly Resolved[]): PayloadFailure | undefined {
  clearDraft(draft);
  draft.takenAt = time;
  for (const { name, value } of records) {
    const failure = addValue(draft, name, value);
    if (failure) return failure;
  }
  return undefined;
}
