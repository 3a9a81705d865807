import { type DeviceIntake, type Taken, type Verdict, verdict } from '../../ports.ts';
import type { DeviceTable } from './devices.ts';
import type { IntakeEngine } from './intake.ts';
import type { Receipts } from './receipts.ts';
import type { Recorder } from './recorder.ts';
import { readingsRequest } from './request.ts';
import { type Meaning, readingsOf } from './routes.ts';

export interface DoorIntakeParts {
  readonly engine: IntakeEngine;
  readonly recorder: Recorder;
  readonly devices: DeviceTable;
  readonly receipts: Receipts;
  readonly clock: () => Arrival;
}

/** When something arrived, and whether the clock was in doubt. */
export interface Arrival {
  readonly wall: number;
  readonly unsure: boolean;
}

/** A commit that holds something of a door that has not asked for it yet. */
interface Owed {
  told: boolean;
}

const durable = Promise.resolve();

/** Room for the name of a publish, and how much larger than its payload the record of a reading may be. */
const nameSize = 2_048;
const recordGrowth = 3;

/** Makes the intakes of a node's doors: one engine and one journal, but every door learns of its own refusals alone. */
export function doorIntakes(parts: DoorIntakeParts): () => DeviceIntake {
  const { engine, recorder } = parts;
  /** Keys of the requests that are open, by device. */
  const open = new Set<string>();
  let arrival: Arrival | undefined;
  // One look at the clocks for all that arrives between two commits: a look costs as much as a reading's record.
  const arrived = (): Arrival => (arrival ??= parts.clock());

  return () => {
    let mine: Promise<void> | undefined;
    let owed: Owed[] = [];
    let refusal: { readonly cause: unknown } | undefined;

    /** Notes the commit that holds what was just taken. One that fails before the door asks is told when it does. */
    const follow = (): void => {
      const commit = recorder.latest;
      if (commit === mine) return;
      mine = commit;
      const one: Owed = { told: false };
      owed.push(one);
      commit.catch((cause: unknown) => {
        if (!one.told) refusal ??= { cause };
      });
    };

    /** After a refusal nobody may ask for a commit, and what comes next has not arrived with what was refused. */
    const refused = (cause: unknown): never => {
      arrival = undefined;
      throw cause;
    };

    const settle = (result: Verdict): void => {
      if (result === verdict.refused) arrival = undefined;
      else follow();
    };

    const takeAs = (meaning: Meaning, bytes: Buffer, start: number, end: number): Taken => {
      try {
        const { wall, unsure } = arrived();
        engine.keepWhole(false);
        const taken = engine.takeAs(meaning, bytes, start, end, wall, unsure);
        settle(taken.verdict);
        return taken;
      } catch (cause) {
        return refused(cause);
      }
    };

    const commit = (): Promise<void> => {
      arrival = undefined;
      const asked = mine ?? durable;
      for (const one of owed) one.told = true;
      owed = [];
      mine = undefined;
      if (refusal === undefined) return asked;
      const { cause } = refusal;
      refusal = undefined;
      return Promise.reject(cause);
    };

    return {
      take(topic, bytes, start, end, name) {
        try {
          const { wall, unsure } = arrived();
          const before = engine.counts.readings;
          if (name) recorder.makeRoom(nameSize + (end - start) * recordGrowth);
          engine.keepWhole(name !== undefined);
          const result = engine.take(topic, bytes, start, end, wall, unsure);
          // What else it may have brought does no harm when it comes again.
          if (name && engine.counts.readings > before) recorder.name(name);
          settle(result);
          return result;
        } catch (cause) {
          return refused(cause);
        }
      },
      takeLarge(topic, beginning, size) {
        try {
          const { wall, unsure } = arrived();
          const result = engine.takeLarge(topic, beginning, size, wall, unsure);
          settle(result);
          return result;
        } catch (cause) {
          return refused(cause);
        }
      },
      takeReadings: (device, decoder, bytes, start, end) => takeAs(readingsOf(device, decoder), bytes, start, end),
      takeStatus: (device, bytes, start, end) => takeAs({ kind: 'status', device }, bytes, start, end),
      takeAnswer: (device, bytes, start, end) => takeAs({ kind: 'result', device }, bytes, start, end),
      openRequest(device, decoder, key) {
        const name = key === undefined ? undefined : `${device}\n${key}`;
        if (name !== undefined) {
          if (open.has(name)) return 'busy';
          open.add(name);
        }
        return readingsRequest(
          {
            engine,
            devices: parts.devices,
            receipts: parts.receipts,
            makeRoom: recorder.makeRoom,
            writeReceipt: recorder.receipt,
            commit() {
              follow();
              return commit();
            },
            now: arrived,
          },
          readingsOf(device, decoder),
          decoder,
          key,
          () => void (name !== undefined && open.delete(name)),
        );
      },
      commit,
      namedAfter: (sequence) => parts.receipts.named.after(sequence),
    };
  };
}
