import type { Command } from '@selvedge/protocol';
import type { World } from '@selvedge/testkit';
import { between, oneOf, spread } from './chance.ts';
import type { CloudActor } from './cloud.ts';
import type { DeviceActor } from './device.ts';

/** A person at the console who gives commands now and then. */
export interface Operator {
  /** Commands that were given, with their expiry; milliseconds since the Unix epoch. */
  readonly issued: ReadonlyMap<string, number>;
  begin(): void;
  /** Gives a command now that lasts so many milliseconds. */
  give(device: DeviceActor, lasts: number): void;
}

export function operator(
  world: World,
  cloud: CloudActor,
  devices: readonly DeviceActor[],
  plan: { readonly count: number; readonly duration: number },
): Operator {
  const random = world.chance('operator');
  const issued = new Map<string, number>();

  let count = 0;
  const give = async (device: DeviceActor, lasts: number): Promise<void> => {
    const life = cloud.machine.life;
    if (!life) return;
    count += 1;
    const issuedAt = life.clock.wall();
    const command: Command = {
      id: `command-${count}`,
      device: device.id,
      name: 'flush',
      arguments: { count },
      issuedAt,
      expiresAt: issuedAt + lasts,
      origin: 'operator',
      reason: 'a story',
    };
    issued.set(command.id, command.expiresAt);
    await cloud.give(command, device.edge);
  };

  return {
    issued,
    begin() {
      for (let i = 0; i < plan.count; i++)
        world.after(
          between(random, plan.duration * 0.05, plan.duration),
          () => void give(oneOf(random, devices), spread(random, 1_000, 600_000)),
        );
    },
    give: (device, lasts) => void give(device, lasts),
  };
}
