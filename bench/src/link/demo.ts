import { seeded } from '@selvedge/kernel';
import type { Reading } from '@selvedge/protocol';
import { fleet, type Kind, type SimulatedDevice } from '../../../cli/src/engines/simulation/fleet.ts';

const start = 1_795_000_000_000;

/**
 * What the demo's devices report, one reading each a second: every one at its own moment, some milliseconds early or late,
 * in the order in which a node receives them.
 */
export function demoReadings(kinds: readonly Kind[], devices: number, seconds: number): Reading[] {
  const random = seeded(11);
  const moments = fleet({ count: devices, kinds, seed: 1 }).flatMap((device) => {
    const phase = Math.floor(random.next() * 1_000);
    return Array.from({ length: seconds }, (_, seq) => {
      const takenAt = start + seq * 1_000 + phase + Math.floor(random.next() * 3);
      return { device, seq, takenAt, arrivesAt: takenAt + 1 + Math.floor(random.next() * 2) };
    });
  });
  moments.sort((one, other) => one.arrivesAt - other.arrivesAt);
  return moments.map(({ device, seq, takenAt, arrivesAt }) => ({
    device: device.id,
    boot: 1,
    seq,
    takenAt,
    receivedAt: arrivesAt,
    quality: 0,
    values: valuesAt(device, (takenAt - start) / 1_000),
  }));
}

/** What the device says at this second, as the SDK sends it. */
export const valuesAt = ({ model }: SimulatedDevice, seconds: number): Reading['values'] => model.step(seconds);

/** The payload that a device's SDK publishes. */
export const payloadOf = ({
  boot,
  seq,
  takenAt,
  values,
}: Pick<Reading, 'boot' | 'seq' | 'takenAt' | 'values'>): string =>
  JSON.stringify({ $boot: boot, $seq: seq, timestamp: takenAt, ...values });
