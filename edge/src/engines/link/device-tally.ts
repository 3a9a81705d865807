import { Buffer } from 'node:buffer';
import { type Batch, visitRecords } from '@selvedge/journal';
import { type LinkDeviceUse, recordKind } from '@selvedge/protocol';

/** Whose readings use the link. */
export interface DeviceTally {
  /** A frame of so many bytes held the readings of these batches. */
  count(batches: readonly Batch[], frameBytes: number): void;
  top(count: number): readonly LinkDeviceUse[];
}

/** Devices counted apart; beyond it the one that has sent least makes room. */
const devicesMax = 10_000;

/** Divides the bytes of frames among the devices whose records they hold, by the size of the records. [BUD-8] */
export function deviceTally(): DeviceTally {
  const uses = new Map<string, { records: number; bytes: number }>();

  const useOf = (device: string): { records: number; bytes: number } => {
    let use = uses.get(device);
    if (use) return use;
    if (uses.size >= devicesMax) makeRoom();
    uses.set(device, (use = { records: 0, bytes: 0 }));
    return use;
  };

  const makeRoom = (): void => {
    const least = [...uses].sort(([, one], [, other]) => one.bytes - other.bytes).slice(0, devicesMax / 10);
    for (const [device] of least) uses.delete(device);
  };

  return {
    count(batches, frameBytes) {
      const plain = batches.reduce((sum, batch) => sum + (batch.body?.length ?? 0), 0);
      if (plain === 0) return;
      for (const batch of batches) {
        if (!batch.body) continue;
        visitRecords(batch, (body: Buffer, start, end) => {
          if (body[start] !== recordKind.reading) return;
          const use = useOf(body.toString('latin1', start + 5, start + 5 + body[start + 4]!));
          use.records += 1;
          use.bytes += ((end - start + 4) / plain) * frameBytes;
        });
      }
    },
    top: (count) =>
      [...uses]
        .sort(([, one], [, other]) => other.bytes - one.bytes)
        .slice(0, count)
        .map(([device, { records, bytes }]) => ({
          device: Buffer.from(device, 'latin1').toString('utf8'),
          records,
          bytes: Math.round(bytes),
        })),
  };
}
