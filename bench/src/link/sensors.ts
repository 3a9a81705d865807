import { seeded } from '@selvedge/kernel';
import type { Reading } from '@selvedge/protocol';

/** What the sensors measure: a level that each device has, and Gaussian noise around it, shown in tenths. */
export const measured = [
  { name: 'humidity', level: 50, spread: 5, noise: 0.3 },
  { name: 'load', level: 40, spread: 10, noise: 0.25 },
  { name: 'pressure', level: 1_013, spread: 3, noise: 0.1 },
  { name: 'temperature', level: 20, spread: 5, noise: 0.15 },
] as const;

const resolution = 0.1;

export interface SensorOptions {
  readonly devices: number;
  readonly perDevice: number;
  /** Milliseconds by which readings come early or late, evenly spread; 0 for a clock without fault. */
  readonly jitter: number;
}

/** One reading of each device a second, in the order of devices. */
export function sensorReadings({ devices, perDevice, jitter }: SensorOptions): Reading[] {
  const random = seeded(7);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const levels = Array.from({ length: devices }, () =>
    measured.map(({ level, spread }) => level + spread * (random.next() - 0.5)),
  );
  return Array.from({ length: devices * perDevice }, (_, index) => {
    const device = index % devices;
    const second = Math.floor(index / devices);
    const takenAt = 1_795_000_000_000 + second * 1_000 + Math.floor(random.next() * (jitter + 1));
    const values = measured.map(
      ({ name, noise }, i) =>
        [name, Math.round((levels[device]![i]! + gauss() * noise) / resolution) * resolution] as const,
    );
    const rounded = values.map(([name, value]) => [name, Number(value.toFixed(1))] as const);
    return {
      device: `sensor-${device}`,
      boot: 1,
      seq: second,
      takenAt,
      receivedAt: takenAt + 3,
      values: Object.fromEntries(rounded),
      quality: 0,
    };
  });
}

/**
 * Bytes of information in one reading: that of each value's distribution, known exactly, and that of the jitter. The
 * discrete entropy of rounded Gaussian noise, averaged over where the level lies between two tenths.
 */
export function entropyBytes(jitter: number): number {
  const values = measured.reduce((sum, { noise }) => sum + entropyBits(noise / resolution), 0);
  return (values + Math.log2(jitter + 1)) / 8;
}

function entropyBits(sigma: number): number {
  const places = 16;
  let bits = 0;
  for (let place = 0; place < places; place++) {
    const level = place / places;
    for (let n = -Math.ceil(sigma * 9); n <= Math.ceil(sigma * 9) + 1; n++) {
      const chance = normal((n + 0.5 - level) / sigma) - normal((n - 0.5 - level) / sigma);
      if (chance > 0) bits -= (chance * Math.log2(chance)) / places;
    }
  }
  return bits;
}

/** The normal distribution's share below `x`, by numeric integration, exact to far more digits than are shown. */
function normal(x: number): number {
  const steps = 400;
  const from = -9;
  if (x <= from) return 0;
  const width = (x - from) / steps;
  const density = (at: number): number => Math.exp((-at * at) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(from) + density(x);
  for (let i = 1; i < steps; i++) sum += density(from + i * width) * (i % 2 === 0 ? 2 : 4);
  return (sum * width) / 3;
}
