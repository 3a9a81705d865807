import { Buffer } from 'node:buffer';
import { type Journal, journal as journalOf, visitRecords } from '@selvedge/journal';
import { days, hours } from '@selvedge/kernel';
import { decodeRecord, defaultTopicMaps, lanes, type Reading, readReading } from '@selvedge/protocol';
import { type SimulatedDisk, world as simulate, simulatedDisk } from '@selvedge/testkit';
import type { DeviceIntake } from '../../ports.ts';
import { deviceTable } from './devices.ts';
import { doorIntakes } from './door-intake.ts';
import { intakeEngine } from './intake.ts';
import { restoreNames } from './read-row.ts';
import { type Receipts, receipts } from './receipts.ts';
import { recorder } from './recorder.ts';

/** A machine with a simulated disk on which a journal and the intakes of some doors live and die. */
export interface IntakeSite {
  readonly disk: SimulatedDisk;
  /** Valid after `boot`. */
  readonly journal: Journal;
  readonly receipts: Receipts;
  /** A new door's intake. */
  door(): DeviceIntake;
  run(milliseconds: number): Promise<void>;
  /** Powers the machine on and reads what the journal kept. */
  boot(): Promise<void>;
  powerCut(): void;
  /** Settles as the promise did within a second: `durable`, `open`, or the code of the fault. */
  outcome(promise: Promise<unknown>, within?: number): Promise<string>;
  readings(): Promise<readonly Reading[]>;
  quarantined(): Promise<number>;
  /** The bodies of the journal's records, batch by batch. */
  batches(): Promise<readonly (readonly Buffer[])[]>;
}

export function intakeSite(seed: number, options: { readonly sizeMax?: number } = {}): IntakeSite {
  const world = simulate(seed);
  const machine = world.machine('edge');
  const disk = simulatedDisk({ random: world.chance('disk'), clock: world.clock });
  let now = 0;
  let journal: Journal;
  let kept: Receipts;
  let open: () => DeviceIntake;
  const run = (milliseconds: number): Promise<void> => world.run((now += milliseconds));

  const settled = async <Value>(promise: Promise<Value>): Promise<Value> => {
    let isOver = false;
    const end = promise.finally(() => (isOver = true));
    end.catch(() => undefined);
    for (let waited = 0; waited < 10_000 && !isOver; waited += 10) await run(10);
    return end;
  };

  async function collect<Kept>(klass: number, read: (body: Buffer, start: number, end: number) => Kept | undefined) {
    const all: Kept[] = [];
    for await (const batch of journal.read(0, { classes: [klass] })) {
      visitRecords(batch, (body, start, end) => {
        const one = read(body, start, end);
        if (one !== undefined) all.push(one);
      });
    }
    return all;
  }

  return {
    disk,
    get journal() {
      return journal;
    },
    get receipts() {
      return kept;
    },
    door: () => open(),
    run,
    async boot() {
      const life = machine.boot();
      const classes = lanes.map((name) => ({ name, bytesMax: 1e8, ageMax: days(30) }));
      const { sizeMax = 1e9 } = options;
      const segmentSize = Math.min(2 ** 20, sizeMax / 6);
      journal = journalOf(
        { dir: '/journal', classes, sizeMax, segmentSize, keep: hours(1) },
        { ...life, disk: disk.mount() },
      );
      await settled(journal.start(new AbortController().signal));
      const devices = deviceTable(3);
      kept = receipts({ sizeMax: 100, perDeviceMax: 10, ageMax: hours(24) });
      const none = { read: async () => undefined, write: async () => undefined };
      await settled(restoreNames(devices, kept, journal, none));
      const records = recorder({
        ...{ journal, devices, log: life.log, now: life.clock.wall },
        onDurable: () => undefined,
        onAnswer: () => undefined,
        onTwin: () => undefined,
      });
      const limits = { topicMaps: defaultTopicMaps, pastMax: days(366), futureMax: days(1), payloadMax: 4_096 };
      const engine = intakeEngine(limits, devices, records);
      const clock = () => ({ wall: life.clock.wall(), unsure: false });
      open = doorIntakes({ engine, recorder: records, devices, receipts: kept, clock });
    },
    powerCut() {
      machine.cut();
      disk.powerCut();
    },
    async outcome(promise, within = 1_000) {
      let end = 'open';
      promise.then(
        () => (end = 'durable'),
        (cause: { code?: string; message: string }) => (end = cause.code ?? cause.message),
      );
      await run(within);
      return end;
    },
    readings: () =>
      settled(
        collect(lanes.indexOf('high'), (body, start, end) => {
          const read = readReading(body, start, end);
          return read.ok ? read.value : undefined;
        }),
      ),
    batches: () =>
      settled(
        (async () => {
          const all: Buffer[][] = [];
          for await (const batch of journal.read(0)) {
            const bodies: Buffer[] = [];
            visitRecords(batch, (body, start, end) => bodies.push(Buffer.from(body.subarray(start, end))));
            all.push(bodies);
          }
          return all;
        })(),
      ),
    async quarantined() {
      const all = collect(lanes.indexOf('low'), (body, start, end) => {
        const read = decodeRecord(body, start, end);
        return read.ok && read.value.kind === 'quarantine' ? true : undefined;
      });
      return (await settled(all)).length;
    },
  };
}

export const payload = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');
