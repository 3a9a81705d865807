import { type SimulatedDisk, simulatedDisk, type World, world } from '@selvedge/testkit';
import { type Device, type DeviceOptions, device } from '../src/index.ts';
import { type SimulatedEdge, simulatedEdge } from './edge.ts';

/** One device with its disk, an edge, and simulated time between them. */
export interface Bench {
  readonly world: World;
  readonly edge: SimulatedEdge;
  readonly plate: SimulatedDisk;
  /** A new life of the device, not connected yet. */
  boot(options?: Partial<DeviceOptions>): Device;
  /** Ends the life at this instant; with `power` what was not synced is gone too. */
  crash(about: { readonly power: boolean }): void;
  /** Lets so many milliseconds pass. */
  pass(milliseconds: number): Promise<void>;
}

export function bench(seed = 1): Bench {
  const lent = world(seed);
  const machine = lent.machine('pump-7');
  const plate = simulatedDisk({ random: lent.chance('disk'), clock: lent.clock, delayMax: 1 });
  const edge = simulatedEdge({ random: lent.chance('network') });
  return {
    world: lent,
    edge,
    plate,
    boot(options = {}) {
      const life = machine.boot();
      const loans = { ...life, disk: plate.mount(), transport: edge.transport(life) };
      return device({ id: 'pump-7', dir: '/outbox', ...options }, loans);
    },
    crash({ power }) {
      machine.cut();
      edge.cut();
      if (power) plate.powerCut();
      else plate.kill();
    },
    pass: (milliseconds) => lent.run(lent.timeline.now + milliseconds),
  };
}
