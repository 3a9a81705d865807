import {
  diskSnapshots,
  type EdgeAdapters,
  type EdgeConfig,
  type EdgeNode,
  edgeConfig,
  edgeFaults,
  edgeNode,
  type LinkTransport,
} from '@selvedge/edge';
import { describeFailure, millis, readConfig } from '@selvedge/kernel';
import { batchCodec } from '@selvedge/protocol';
import {
  ConnectFailure,
  type Life,
  type Machine,
  type SimulatedDisk,
  type SimulatedNetwork,
  type World,
} from '@selvedge/testkit';
import type { Defect } from '../defects/defect.ts';
import { simulatedDoor } from './door.ts';

export interface EdgePlan {
  readonly name: string;
  readonly disk: SimulatedDisk;
  /** Settings that differ from the defaults, as the command line would say them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly defect: Defect | undefined;
}

/** An edge node on a machine of its own, with a supervisor that starts it again when it cannot start. */
export interface EdgeActor {
  readonly name: string;
  readonly machine: Machine;
  /** The node of this life, once it has started. */
  readonly node: EdgeNode | undefined;
  readonly disk: SimulatedDisk;
  /** Power on; nothing happens if it is on. */
  boot(): void;
  /** Power off: the disk loses what was not synced. */
  cut(): void;
}

/** How long the supervisor waits before it starts a node again; milliseconds. */
const restartAfter = 1_000;

export function edgeActor(world: World, network: SimulatedNetwork, plan: EdgePlan): EdgeActor {
  const { name } = plan;
  const machine = world.machine(name);
  const config: EdgeConfig = readConfig(edgeConfig, {
    prefix: 'EDGE',
    env: {},
    flags: { data: '/edge', 'node.id': name, 'journal.segmentSize': '64KiB', ...plan.settings },
  });
  let node: EdgeNode | undefined;

  const live = async (life: Life): Promise<void> => {
    for (;;) {
      const one = edgeNode(config, life, adapters(life));
      try {
        await one.start(new AbortController().signal);
        node = one;
        life.log.info('node.started', {});
        return;
      } catch (cause) {
        life.log.warn('node.failed', describeFailure(cause));
        await one.stop().catch(() => undefined);
        await life.clock.sleep(millis(restartAfter));
      }
    }
  };

  const adapters = (life: Life): EdgeAdapters => {
    const { defect } = plan;
    const mounted = plan.disk.mount();
    const disk = defect?.disk?.(mounted) ?? mounted;
    return {
      disk,
      snapshots: diskSnapshots(disk, `${config.data}/snapshots`),
      transport: linkOf(network, life, defect),
      door(intake) {
        const door = simulatedDoor(network, life, 'mqtt', defect?.intake?.(intake) ?? intake);
        return defect?.outlet?.(door) ?? door;
      },
      // Compression has tests of its own, and would take most of the time here.
      pack: (body) => ({ codec: batchCodec.plain, body }),
      memoryBytes: () => 0,
    };
  };

  return {
    name,
    machine,
    disk: plan.disk,
    get node() {
      return node;
    },
    boot() {
      if (!machine.life) void live(machine.boot());
    },
    cut() {
      node = undefined;
      machine.cut();
      plan.disk.powerCut();
    },
  };
}

/** The link over the simulated network. The cloud knows the node by its machine, as by its certificate in the field. */
function linkOf(network: SimulatedNetwork, life: Life, defect: Defect | undefined): LinkTransport {
  return {
    async connect(signal) {
      const connection = await network.connect(life, 'cloud:link', signal).catch((cause: unknown) => {
        if (cause instanceof ConnectFailure) throw edgeFaults('LINK_UNREACHABLE', cause.message);
        throw cause;
      });
      return defect?.link?.(connection) ?? connection;
    },
  };
}
