import type { CborValue } from '../cbor/cbor-value.ts';
import { parseCbor } from '../cbor/parse-cbor.ts';
import { plainOf } from './cbor.ts';
import type { PayloadDecoder } from './payload-decoder.ts';
import { type PayloadFailure, unfit } from './payload-failure.ts';
import { emitPack } from './senml.ts';

/** RFC 8428 section 6, table 4. */
const labels: ReadonlyMap<string | number, string> = new Map([
  [-6, 'bs'],
  [-5, 'bv'],
  [-4, 'bu'],
  [-3, 'bt'],
  [-2, 'bn'],
  [-1, 'bver'],
  [0, 'n'],
  [1, 'u'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [5, 's'],
  [6, 't'],
  [7, 'ut'],
  [8, 'vd'],
]);
const named = new Set(labels.values());

/** SenML in CBOR (RFC 8428 section 6): the pack of `decodeSenml` with numbers for the names of its fields. */
export const decodeSenmlCbor: PayloadDecoder = (draft, bytes, start, end, emit) => {
  const parsed = parseCbor(bytes, start, end);
  if ('reason' in parsed) return parsed;
  if (!Array.isArray(parsed.value)) return unfit('payload-not-senml', 'a SenML pack is a list of records');
  const pack: unknown[] = [];
  for (const record of parsed.value as readonly CborValue[]) {
    const found = record instanceof Map ? fieldsOf(record) : { value: undefined };
    if ('reason' in found) return found;
    pack.push(found.value);
  }
  return emitPack(draft, pack, emit);
};

function fieldsOf(record: ReadonlyMap<string | number, CborValue>): { readonly value: unknown } | PayloadFailure {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [label, content] of record) {
    // The names of table 4 must be given as numbers; as texts they would be fields that another document defines.
    if (typeof label === 'string' && named.has(label))
      return unfit('payload-not-senml', `in CBOR the label of ${label} is a number`);
    const name = labels.get(label) ?? String(label);
    const found = content instanceof Uint8Array ? { value: content } : plainOf(content);
    if ('reason' in found) return found;
    fields[name] = found.value;
  }
  return { value: fields };
}
