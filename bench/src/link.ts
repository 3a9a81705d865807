import { encodeReading } from '@selvedge/protocol';
import { measureBundles } from './link/bundles.ts';
import { payloadOf } from './link/demo.ts';
import { measureFormats } from './link/formats.ts';
import { entropyBytes, sensorReadings } from './link/sensors.ts';
import { measureFolded, measureUpstream } from './link/upstream.ts';
import { median } from './process.ts';

const rounds = 3;
/** A second of 1 000 devices in a bundle, committed fifty at a time. */
const shape = { perBundle: 1_000, perBatch: 50 } as const;

/** Bytes and microseconds of a reading on the link, beside what its noise cannot do without; then end to end. */
export async function link(): Promise<Record<string, number>> {
  const readings = sensorReadings({ devices: 1_000, perDevice: 200, jitter: 0 });
  const jittered = sensorReadings({ devices: 1_000, perDevice: 100, jitter: 20 });
  const mean = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const figures: Record<string, number> = {
    json_bytes: mean(readings.map((one) => payloadOf(one).length)),
    record_bytes: mean(readings.map((one) => encodeReading(one).length)),
    entropy_bytes: entropyBytes(0),
    jitter_entropy_bytes: entropyBytes(20),
  };
  for (const profile of ['quick', 'default', 'max'] as const) {
    const all = Array.from({ length: rounds }, () => measureBundles(readings, { ...shape, profile }));
    figures[`${profile}_bytes`] = all[0]!.bytes;
    figures[`${profile}_encode_us`] = median(all.map(({ encodeUs }) => encodeUs));
    figures[`${profile}_decode_us`] = median(all.map(({ decodeUs }) => decodeUs));
    figures[`${profile}_jitter_bytes`] = measureBundles(jittered, { ...shape, profile }).bytes;
  }
  return { ...figures, ...measureFormats(), ...(await measureUpstream()), ...(await measureFolded()) };
}
