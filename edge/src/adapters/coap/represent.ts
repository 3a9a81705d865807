import { createHash } from 'node:crypto';
import { contentFormats, type Response } from '@selvedge/coap';
import { encodeCbor } from '@selvedge/protocol';
import type { LastReading } from '../../ports.ts';
import { coapDoorFaults } from './faults.ts';
import { cborOf } from './media.ts';

/** The last reading of a device in the format that was asked for. Throws COAP_FORMAT_UNFIT. */
export function representReading(reading: LastReading, format: number = contentFormats.json): Response {
  if (!isSenml(format)) return represent(plainReading(reading), format);
  if (!fitsSenml(reading))
    throw coapDoorFaults('COAP_FORMAT_UNFIT', `SenML cannot name ${reading.device} and its values`);
  return represent(senmlRecords(reading), format);
}

/** The last readings of many devices; in SenML without those that it cannot name. */
export function representAll(readings: readonly LastReading[], format: number = contentFormats.json): Response {
  if (!isSenml(format)) return represent({ devices: readings.map(plainReading) }, format);
  return represent(readings.filter(fitsSenml).flatMap(senmlRecords), format);
}

/** Any value as JSON or CBOR, with an ETag of its content. */
export function represent(value: unknown, format: number = contentFormats.json): Response {
  const payload = isCbor(format) ? encodeCbor(labelled(value, format)) : Buffer.from(JSON.stringify(value), 'utf8');
  const etag = createHash('sha256').update(`${format};`).update(payload).digest().subarray(0, 8);
  return { payload, contentFormat: format, etag };
}

const isSenml = (format: number): boolean => format === contentFormats.senmlJson || format === contentFormats.senmlCbor;
const isCbor = (format: number): boolean => format === contentFormats.cbor || format === contentFormats.senmlCbor;

const plainReading = ({ device, takenAt, receivedAt, boot, seq, values }: LastReading) => ({
  device,
  takenAt,
  receivedAt,
  ...(boot === undefined ? {} : { boot, seq }),
  values,
});

/** RFC 8428 section 4.5.1. */
const senmlName = /^[A-Za-z0-9][-A-Za-z0-9:./_]*$/;
const nameRest = /^[-A-Za-z0-9:./_]+$/;

const fitsSenml = ({ device, values }: LastReading): boolean =>
  senmlName.test(device) && Object.keys(values).every((name) => nameRest.test(name));

/** The first record has the base of those that follow: the device, and when it was. */
function senmlRecords({ device, takenAt, values }: LastReading): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(values).map(([name, value], index) => ({
    ...(index === 0 ? { bn: `${device}:`, bt: takenAt / 1_000 } : {}),
    n: name,
    ...(typeof value === 'number' ? { v: value } : typeof value === 'boolean' ? { vb: value } : { vs: value }),
  }));
}

/** RFC 8428 section 6. */
const labels: Readonly<Record<string, number>> = { bn: -2, bt: -3, n: 0, v: 2, vs: 3, vb: 4 };

const labelled = (value: unknown, format: number) =>
  format === contentFormats.senmlCbor
    ? (value as readonly Readonly<Record<string, unknown>>[]).map(
        (record) => new Map(Object.entries(record).map(([name, one]) => [labels[name]!, cborOf(one)])),
      )
    : cborOf(value);
