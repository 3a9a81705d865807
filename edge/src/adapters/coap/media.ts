import { contentFormats } from '@selvedge/coap';
import { type CborValue, isCborTag, parseCbor } from '@selvedge/protocol';
import { coapDoorFaults } from './faults.ts';

/** What this door takes and gives. */
export const formats: readonly number[] = [
  contentFormats.json,
  contentFormats.cbor,
  contentFormats.senmlJson,
  contentFormats.senmlCbor,
];

/** For what has a form of its own that SenML cannot say. */
export const plainFormats: readonly number[] = [contentFormats.json, contentFormats.cbor];

const decoders: Readonly<Record<number, string>> = {
  [contentFormats.json]: 'json-list',
  [contentFormats.cbor]: 'cbor',
  [contentFormats.senmlJson]: 'senml',
  [contentFormats.senmlCbor]: 'senml-cbor',
};

/** Which of `payloadDecoders` reads readings of this format. What names none is taken for JSON, as simple clients mean it. */
export const decoderOf = (format: number = contentFormats.json): string => decoders[format]!;

/** A small body as JSON text, whichever of the plain formats it came in. Throws COAP_INVALID. */
export function jsonOf(payload: Buffer, format: number = contentFormats.json): Buffer {
  if (format !== contentFormats.cbor) return payload;
  const parsed = parseCbor(payload, 0, payload.length);
  if ('reason' in parsed) throw coapDoorFaults('COAP_INVALID', parsed.why);
  return Buffer.from(JSON.stringify(plainOf(parsed.value) ?? null), 'utf8');
}

/** As JSON would have said it. Throws COAP_INVALID for what it cannot say. */
function plainOf(value: CborValue): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'bigint') throw coapDoorFaults('COAP_INVALID', `${value} is beyond 2^53`);
    return value;
  }
  if (value instanceof Uint8Array) throw coapDoorFaults('COAP_INVALID', 'bytes stand where JSON has none');
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), plainOf(one)]));
  if (isCborTag(value)) return plainOf(value.value);
  return (value as readonly CborValue[]).map(plainOf);
}

/** The CBOR of what JSON can say. */
export function cborOf(value: unknown): CborValue {
  if (typeof value !== 'object' || value === null) return value as CborValue;
  if (Array.isArray(value)) return value.map(cborOf);
  return new Map(Object.entries(value).map(([key, one]) => [key, cborOf(one)]));
}
