import { seeded } from '@selvedge/kernel';
import { encodeBatch, encodeReading, type Reading } from '@selvedge/protocol';
import { chunkCodec } from '../../cloud/src/engines/telemetry/chunk.ts';
import type { ReadingRow } from '../../cloud/src/engines/telemetry/reading-row.ts';
import { recordReader } from '../../cloud/src/engines/telemetry/record-reader.ts';
import { pack } from '../../edge/src/adapters/zlib/pack.ts';

const devices = 100;
const perDevice = 512;
const digest = new Uint8Array(32);

/**
 * Bytes of one reading with four noisy values of one decimal, in every form it takes: JSON at the door, record in the
 * journal, its share of a link frame (a second of 1 000 readings), its share of a chunk in the cloud.
 */
export async function codec(): Promise<Record<string, number>> {
  const readings = noisyReadings();
  const json =
    sum(readings.map((one) => JSON.stringify({ timestamp: one.takenAt, ...one.values }).length)) / readings.length;
  const from = performance.now();
  const records = readings.map((one) => encodeReading(one));
  const encodeUs = ((performance.now() - from) * 1_000) / readings.length;
  return {
    json_bytes: json,
    record_bytes: sum(records.map((record) => record.length)) / records.length,
    record_encode_us: encodeUs,
    ...measureLink(records),
    ...measureChunks(records),
  };
}

/** Values walk and carry noise, as sensors' do; times jitter by some milliseconds. */
function noisyReadings(): Reading[] {
  const random = seeded(7);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  const states = Array.from({ length: devices }, () => ({
    temperature: 20 + 5 * random.next(),
    humidity: 50,
    pressure: 1_013,
    load: 40,
  }));
  return Array.from({ length: devices * perDevice }, (_, index) => {
    const state = states[index % devices]!;
    state.temperature += gauss() * 0.02;
    state.humidity += gauss() * 0.05;
    state.pressure += gauss() * 0.01;
    state.load += gauss() * 0.2;
    const takenAt = 1_795_000_000_000 + Math.floor(index / devices) * 1_000 + Math.round(random.next() * 20);
    const values = {
      temperature: tenth(state.temperature + gauss() * 0.2),
      humidity: tenth(state.humidity + gauss() * 0.4),
      pressure: tenth(state.pressure + gauss() * 0.1),
      load: tenth(state.load + gauss()),
    };
    return {
      device: `sensor-${index % devices}`,
      takenAt,
      receivedAt: takenAt + 3 + Math.round(random.next() * 4),
      values,
      quality: 0,
    };
  });
}

function measureLink(records: readonly Buffer[]): Record<string, number> {
  const perFrame = 1_000;
  let bytes = 0;
  let ms = 0;
  for (let at = 0; at < records.length; at += perFrame) {
    const some = records.slice(at, at + perFrame);
    const body = Buffer.concat(some.flatMap((record) => [lengthOf(record), record]));
    const from = performance.now();
    const packed = pack(body);
    ms += performance.now() - from;
    const common = {
      klass: 1,
      firstOffset: at,
      count: some.length,
      appendedAt: 0,
      prevHash: digest,
      hash: digest,
      bodyDigest: digest,
    };
    bytes += encodeBatch({ ...common, codec: packed.codec, plainLength: body.length, body: packed.body }).length;
  }
  return { link_bytes: bytes / records.length, link_encode_us: (ms * 1_000) / records.length };
}

function lengthOf(record: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(record.length);
  return length;
}

function measureChunks(records: readonly Buffer[]): Record<string, number> {
  const reader = recordReader();
  const rows = records.map((record, offset) => {
    const row = reader.read(record, 0, record.length, offset);
    if (!row.ok) throw new Error(row.why);
    return row.value;
  });
  const byDevice = Map.groupBy(rows, (row: ReadingRow) => row.device);
  const chunks = chunkCodec(reader);
  let from = performance.now();
  const encoded = [...byDevice].map(([device, some]) => ({ device, bytes: chunks.encode(some) }));
  const encodeMs = performance.now() - from;
  from = performance.now();
  for (const { device, bytes } of encoded)
    if (!chunks.decode(device, bytes).ok) throw new Error('a chunk does not decode');
  const decodeMs = performance.now() - from;
  return {
    chunk_bytes: sum(encoded.map(({ bytes }) => bytes.length)) / records.length,
    chunk_encode_us: (encodeMs * 1_000) / records.length,
    chunk_decode_us: (decodeMs * 1_000) / records.length,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
