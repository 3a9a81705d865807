import { type Device, type DeviceCommand, device } from '@selvedge/device';
import { type Fault, isFault, millis, seconds } from '@selvedge/kernel';
import type { Value } from '@selvedge/protocol';
import {
  type Life,
  type Machine,
  type SimulatedDisk,
  type SimulatedNetwork,
  simulatedDisk,
  type World,
} from '@selvedge/testkit';
import type { Defect } from '../defects/defect.ts';
import { oneOf } from './chance.ts';
import { simulatedTransport } from './transport.ts';

export interface DevicePlan {
  readonly id: string;
  /** Machines of the edges whose doors it uses, its own first; with several it tries them in turn. */
  readonly edges: readonly [string, ...string[]];
  /** Mean of the time between two moments at which it reports, in milliseconds. */
  readonly period: number;
  /** Readings that may wait in its outbox. */
  readonly outboxMax?: number;
  readonly defect: Defect | undefined;
}

/** A reading as the device meant it. `n` counts the device's readings over all its lives and is one of the values. */
export interface Meant {
  readonly device: string;
  readonly n: number;
  readonly takenAt: number;
  readonly values: Readonly<Record<string, Value>>;
  /** What became of `report`. */
  outcome: 'waiting' | 'acknowledged' | 'refused';
}

export interface Ran {
  readonly id: string;
  /** By the device's own clock; milliseconds since the Unix epoch. */
  readonly ranAt: number;
}

/** What shall happen so many milliseconds after something else. */
interface Due {
  readonly after: number;
  readonly task: () => void;
}

/** A thing in the field: an ordinary user of the SDK, on a machine of its own. */
export interface DeviceActor {
  readonly id: string;
  /** Its own edge, to which the cloud sends its commands. */
  readonly edge: string;
  /** All edges that it may be connected to. */
  readonly edges: readonly string[];
  readonly machine: Machine;
  readonly meant: readonly Meant[];
  /** Commands that it carried out. */
  readonly runs: readonly Ran[];
  /** What it does with a command; a story may have it do what it likes. */
  obey: (command: DeviceCommand, life: Life) => unknown;
  /** Runs once, so many milliseconds after the next reading was reported. */
  afterReport(milliseconds: number, task: () => void): void;
  /** Runs once, so many milliseconds after the next command was begun. */
  afterRun(milliseconds: number, task: () => void): void;
  /** Power on, if it is off: connects, and reports until `until` (milliseconds since the beginning) has come. */
  boot(until: number): void;
  /** Power off: its disk loses what was not synced. */
  cut(): void;
  /** Nobody will run this world any more: lets go of what would keep it in memory. */
  abandon(): void;
  /** Readings that the SDK has taken and the edge has not acknowledged. */
  readonly pending: number;
}

export function deviceActor(world: World, network: SimulatedNetwork, plan: DevicePlan): DeviceActor {
  const { id, edges, defect } = plan;
  const machine = world.machine(id);
  const freshDisk = (): SimulatedDisk => simulatedDisk({ random: world.chance(`disk of ${id}`) });
  let disk = freshDisk();
  const chance = world.chance(`readings of ${id}`);
  const meant: Meant[] = [];
  const runs: Ran[] = [];
  const transports: { readonly abandon: () => void }[] = [];
  const reported: Due[] = [];
  const ran: Due[] = [];
  let current: Device | undefined;

  const fulfil = (all: Due[]): void => {
    for (const { after, task } of all.splice(0)) world.after(after, task);
  };

  const run = (life: Life, command: DeviceCommand): unknown => {
    runs.push({ id: command.id, ranAt: life.clock.wall() });
    fulfil(ran);
    return actor.obey(command, life);
  };

  const measure = (takenAt: number): Meant => {
    const n = meant.length;
    // Above 85 °C the edge's rules command a shutdown, which then has its own way to go.
    const temperature = Math.round((60 + chance.next() * (chance.next() < 0.1 ? 30 : 15)) * 10) / 10;
    const state = chance.next() < 0.1 ? { state: chance.next() < 0.5 ? 'läuft' : 'steht' } : {};
    const open = chance.next() < 0.2 ? { open: chance.next() < 0.5 } : {};
    // Long enough that segments of a journal fill up and are trimmed within a story.
    const trace = chance.next() < 0.5 ? { trace: 'x'.repeat(Math.floor(chance.next() * 600)) } : {};
    return { device: id, n, takenAt, values: { n, temperature, ...state, ...open, ...trace }, outcome: 'waiting' };
  };

  const report = (one: Device, life: Life): void => {
    const reading = measure(life.clock.wall());
    meant.push(reading);
    fulfil(reported);
    one.report(reading.values, { takenAt: reading.takenAt }).then(
      () => void (reading.outcome = 'acknowledged'),
      (cause: unknown) => {
        if (!isFault(cause)) throw cause;
        // A device that stops still has the reading in its outbox; every other fault says that nobody keeps it.
        reading.outcome = cause.code === 'DEVICE_STOPPED' ? 'waiting' : 'refused';
        world.note('report.refused', { device: id, n: reading.n, code: (cause as Fault).code });
      },
    );
  };

  const live = async (life: Life, until: number): Promise<void> => {
    if (defect?.forgetfulDevices) disk = freshDisk();
    const addresses = edges.map((edge) => `${edge}:mqtt`);
    const transport = simulatedTransport(network, life, addresses);
    transports.push(transport);
    const one = device(
      {
        id,
        dir: '/outbox',
        outbox: { sizeMax: 2 ** 20, readingsMax: plan.outboxMax ?? 10_000 },
        retry: { min: millis(200), max: seconds(10) },
      },
      { ...life, disk: disk.mount(), transport: defect?.transport?.(transport, life.clock) ?? transport },
    );
    one.onCommand('*', (command) => run(life, command));
    current = one;
    await one.connect();
    for (;;) {
      await life.clock.sleep(millis(plan.period * (0.5 + chance.next())));
      if (life.clock.ticks() >= until) return;
      // Often one, sometimes several at once, so that they share commits and flights.
      for (let burst = oneOf(chance, [1, 1, 2, 3, 6]); burst > 0; burst--) report(one, life);
    }
  };

  const actor: DeviceActor = {
    id,
    edge: edges[0],
    edges,
    machine,
    meant,
    runs,
    obey: () => ({ readings: meant.length }),
    afterReport: (after, task) => void reported.push({ after, task }),
    afterRun: (after, task) => void ran.push({ after, task }),
    boot(until) {
      if (!machine.life) void live(machine.boot(), until);
    },
    cut() {
      machine.cut();
      disk.powerCut();
    },
    abandon() {
      for (const one of transports) one.abandon();
    },
    get pending() {
      return current?.status().outbox.pending ?? 0;
    },
  };
  return actor;
}
