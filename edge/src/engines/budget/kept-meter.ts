import { type Clock, type Duration, describeFailure, every, type Log, type Service, service } from '@selvedge/kernel';
import type { Snapshots } from '../../ports.ts';
import { type Meter, type MeterOptions, meter as meterOf } from './meter.ts';

const name = 'link-meter';

/** A meter that lasts: a crash forgets at most one period, and what was not counted is little beside a month. [BUD-9] */
export async function keptMeter(
  options: MeterOptions,
  world: { readonly clock: Clock; readonly log: Log; readonly snapshots: Snapshots; readonly period: Duration },
): Promise<{ readonly meter: Meter; readonly saving: Service }> {
  const { clock, log, snapshots, period } = world;
  const meter = meterOf(options, await snapshots.read(name));
  const ended = new AbortController();
  let running: Promise<void> | undefined;
  const save = (): Promise<void> =>
    snapshots
      .write(name, meter.save())
      .catch((cause: unknown) => log.warn('link.meter_unsaved', describeFailure(cause)));
  const saving = service({
    start() {
      running = every(clock, period, ended.signal, save);
    },
    async stop() {
      ended.abort();
      await running;
      await save();
    },
  });
  return { meter, saving };
}
