import { zstdCompressSync } from 'node:zlib';
import {
  diskSnapshots,
  type EdgeAdapters,
  type EdgeConfig,
  type EdgeNode,
  edgeConfig,
  edgeFaults,
  edgeNode,
  type Intake,
  type LinkConnection,
  type LinkTransport,
} from '@selvedge/edge';
import { type ConfigSources, describeFailure, millis, readConfig, type Service } from '@selvedge/kernel';
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
import { type ConfiguredEdge, configuredEdge } from './configured-edge.ts';
import { simulatedDoor } from './door.ts';

export interface EdgePlan {
  /** As the cloud knows it. */
  readonly name: string;
  /** The machine that it runs on, where that is called otherwise: `edge-1/copy`. */
  readonly machine?: string;
  readonly disk: SimulatedDisk;
  /** Settings that differ from the defaults, as the command line would say them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly defect: Defect | undefined;
  /** Whether it writes bundles, or every batch in a frame of its own as an older node does. */
  readonly bundles: boolean;
  /** Whether the cloud configures it. */
  readonly configured: boolean;
}

/** An edge node on a machine of its own, with a supervisor that starts it again when it cannot start. */
export interface EdgeActor {
  readonly name: string;
  readonly machine: Machine;
  /** The node of this life, once it has started. */
  readonly node: EdgeNode | undefined;
  readonly disk: SimulatedDisk;
  /** What its machine says. */
  readonly config: EdgeConfig;
  /** What the cloud makes of that, in this life of a node that is configured. */
  readonly configured: Pick<ConfiguredEdge, 'held' | 'settings'> | undefined;
  /** Where its door brings what devices say, for a story that speaks for them. */
  readonly intake: Intake | undefined;
  /** Stands between its link and the network from the next connection on; a story may do there what it likes. */
  tap: (connection: LinkConnection) => LinkConnection;
  /** Another disk in place of this one, which is given back. The power must be off. */
  changeDisk(disk: SimulatedDisk): SimulatedDisk;
  /** Power on; nothing happens if it is on. */
  boot(): void;
  /** Power off: the disk loses what was not synced. */
  cut(): void;
}

/** A program in this life of the machine. */
interface Running {
  readonly program: Service;
  /** A program that is configured starts another node with each change; undefined in between. */
  readonly node: () => EdgeNode | undefined;
  readonly configured?: ConfiguredEdge;
}

/** How long the supervisor waits before it starts a node again; milliseconds. */
const restartAfter = 1_000;

export function edgeActor(world: World, network: SimulatedNetwork, plan: EdgePlan): EdgeActor {
  const { name } = plan;
  const machine = world.machine(plan.machine ?? name);
  let { disk } = plan;
  const sources: ConfigSources = {
    prefix: 'EDGE',
    env: {},
    flags: { data: '/edge', 'node.id': name, 'journal.segmentSize': '64KiB', ...plan.settings },
  };
  const config: EdgeConfig = readConfig(edgeConfig, sources);
  let running: Running | undefined;
  let intake: Intake | undefined;

  const live = async (life: Life): Promise<void> => {
    for (;;) {
      const one = plan.configured ? configured(life) : fixed(life);
      try {
        await one.program.start(new AbortController().signal);
        running = one;
        life.log.info('node.started', {});
        return;
      } catch (cause) {
        life.log.warn('node.failed', describeFailure(cause));
        await one.program.stop().catch(() => undefined);
        await life.clock.sleep(millis(restartAfter));
      }
    }
  };

  const fixed = (life: Life): Running => {
    const clock = plan.defect?.clock?.(life.clock) ?? life.clock;
    const entropy = plan.defect?.entropy?.(life.entropy) ?? life.entropy;
    const node = edgeNode(config, { ...life, clock, entropy }, adapters(life));
    return { program: node, node: () => node };
  };

  const configured = (life: Life): Running => {
    const keep = plan.defect?.held ?? ((next) => next);
    const crash = (): void => {
      if (life.ended) return;
      actor.cut();
      world.after(2 * restartAfter, actor.boot);
    };
    const one = configuredEdge({ sources, life, adapters: adapters(life), keep, crash });
    return { program: one.program, node: () => one.program.machine, configured: one };
  };

  const adapters = (life: Life): EdgeAdapters => {
    const { defect } = plan;
    const mounted = disk.mount();
    const own = defect?.disk?.(mounted) ?? mounted;
    return {
      disk: own,
      snapshots: diskSnapshots(own, `${config.data}/snapshots`),
      transport: linkOf(network, life, (connection) => actor.tap(defect?.link?.(connection, life.clock) ?? connection)),
      door(sound) {
        intake = defect?.intake?.(sound) ?? sound;
        const door = simulatedDoor(network, life, 'mqtt', intake);
        return defect?.outlet?.(door) ?? door;
      },
      // Compression has tests of its own, and would take most of the time here.
      pack: (body) => ({ codec: batchCodec.plain, body }),
      ...(plan.bundles && { bundle: { profile: 'default', pack: (bytes) => zstdCompressSync(bytes) } }),
      memoryBytes: () => 0,
    };
  };

  const actor: EdgeActor = {
    name,
    machine,
    config,
    get disk() {
      return disk;
    },
    tap: (connection) => connection,
    changeDisk(other) {
      const before = disk;
      disk = other;
      return before;
    },
    get node() {
      return running?.node();
    },
    get configured() {
      return running?.configured;
    },
    get intake() {
      return running && intake;
    },
    boot() {
      if (!machine.life) void live(machine.boot());
    },
    cut() {
      running = undefined;
      machine.cut();
      disk.powerCut();
    },
  };
  return actor;
}

/** The link over the simulated network. The cloud knows the node by its machine, as by its certificate in the field. */
function linkOf(network: SimulatedNetwork, life: Life, tap: EdgeActor['tap']): LinkTransport {
  return {
    async connect(signal) {
      const connection = await network.connect(life, 'cloud:link', signal).catch((cause: unknown) => {
        if (cause instanceof ConnectFailure) throw edgeFaults('LINK_UNREACHABLE', cause.message);
        throw cause;
      });
      return tap(connection);
    },
  };
}
