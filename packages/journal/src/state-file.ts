import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { journalFaults } from './faults.ts';
import { formatVersion } from './format/segment-header.ts';
import { decodeState, encodeState, type State, slotSize } from './format/state.ts';

/** The file with the two slots, open. */
export interface StateFile {
  /** The newest state that is whole; undefined if there is none. */
  readonly loaded: State | undefined;
  /** Settles when the state is durable. Calls must not overlap. */
  save(state: State): Promise<void>;
  close(): Promise<void>;
}

export const stateName = 'state';

export async function openStateFile(disk: Disk, dir: string): Promise<StateFile> {
  const file = await disk.open(join(dir, stateName));
  const slots = Buffer.alloc(slotSize * 2);
  await file.read(slots, 0);
  const found = [0, 1].map((slot) => decodeState(slots.subarray(slot * slotSize, (slot + 1) * slotSize)));
  for (const one of found) {
    if (!one.ok || one.value.version === formatVersion) continue;
    const { version } = one.value;
    await file.close();
    throw journalFaults('JOURNAL_VERSION_UNKNOWN', `${dir} has format version ${version}, this is ${formatVersion}`, {
      version,
    });
  }
  const sequences = found.map((one) => (one.ok ? one.value.sequence : 0));
  let newest = sequences[1]! > sequences[0]! ? 1 : 0;
  let sequence = sequences[newest]!;
  const best = found[newest]!;
  if (best.ok) {
    // What an earlier process could not sync is read from the operating system's memory all the same; nothing may be let
    // go by it before it is durable. It is written in its own place, because the other slot is all there is if this fails.
    await file.write(slots.subarray(newest * slotSize, (newest + 1) * slotSize), newest * slotSize);
    await file.sync();
  }

  return {
    loaded: best.ok ? best.value.state : undefined,
    async save(state) {
      // A slot whose write or sync failed is written again: the other one still holds the state before.
      const slot = 1 - newest;
      const bytes = encodeState(state, sequence + 1);
      // The first two writes take the room of both slots, so that cursors can still be saved on a full disk.
      await file.write(sequence < 2 ? bytes : bytes.subarray(0, bytes.readUInt32LE(8)), slot * slotSize);
      await file.sync();
      sequence += 1;
      newest = slot;
    },
    close: () => file.close(),
  };
}
