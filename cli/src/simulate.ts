import { join } from 'node:path';
import { type Device, device } from '@selvedge/device';
import { type Clock, every, isFault, type Log, millis, type Random } from '@selvedge/kernel';
import type { SimulatedDevice } from './engines/simulation/fleet.ts';

export interface SimulationOptions {
  readonly mqtt: string;
  /** Readings of each device in a second. */
  readonly rate: number;
  /** Folder for the outboxes; undefined: in memory. */
  readonly dir: string | undefined;
}

/** Devices that run. They are users of the SDK like any other. */
export interface Simulation {
  readonly devices: readonly Device[];
  /** Settles when all are connected, or rejects when `signal` aborts. */
  online(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the devices, and lets them report and obey until `stop`. */
export async function simulate(
  fleet: readonly SimulatedDevice[],
  options: SimulationOptions,
  world: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): Promise<Simulation> {
  const stopping = new AbortController();
  const devices = await Promise.all(fleet.map((one) => startOne(one, options, world, stopping.signal)));
  return {
    devices,
    async online(signal) {
      await Promise.all(devices.map((one) => one.online(signal)));
    },
    async stop() {
      stopping.abort();
      await Promise.all(devices.map((one) => one.stop()));
    },
  };
}

async function startOne(
  { id, kind, model }: SimulatedDevice,
  { mqtt, rate, dir }: SimulationOptions,
  { clock, random, log }: { clock: Clock; random: Random; log: Log },
  signal: AbortSignal,
): Promise<Device> {
  const begun = clock.ticks();
  const seconds = (): number => (clock.ticks() - begun) / 1_000;
  const one = device(
    { id, type: kind, url: mqtt, ...(dir === undefined ? {} : { dir: join(dir, id) }) },
    { clock, log },
  );
  one.onCommand('*', (command) => {
    const obeyed = model.obey(command.name, command.arguments, seconds());
    if (!obeyed.done) throw new Error(obeyed.why);
    return obeyed.result;
  });
  await one.connect();
  const report = (): void => {
    one.report(model.step(seconds())).catch((cause: unknown) => {
      // A full outbox says so itself in its status; the device goes on measuring.
      if (!isFault(cause)) log.error('reading.unreported', { device: id, message: String(cause) });
    });
  };
  const run = async (): Promise<void> => {
    // Devices that were switched on together still do not report at the same instant.
    await clock.sleep(millis((1_000 / rate) * random.next()), signal);
    report();
    await every(clock, millis(1_000 / rate), signal, report);
  };
  run().catch(() => undefined);
  return one;
}
