import { DatabaseSync } from 'node:sqlite';
import { cloudConfig, cloudPrefix, type Plane, plane, sqliteStore } from '@selvedge/cloud';
import {
  configurationLimits,
  diskConfigurations,
  diskSnapshots,
  type EdgeConfig,
  type EdgeNode,
  edgeConfig,
  edgeFaults,
  edgeNode,
  type LinkConnection,
  type Outlet,
} from '@selvedge/edge';
import type { Disk } from '@selvedge/journal';
import { type ConfigSources, describeFailure, millis, readConfig, type Service, service } from '@selvedge/kernel';
import { ConnectFailure, type Life, simulatedDisk, simulatedNetwork, world } from '@selvedge/testkit';
import { type ConfiguredNode, configuredNode } from '../../../edge/src/engines/configuration/configured-node.ts';
import { decodeHeld, type Held } from '../../../edge/src/engines/configuration/held.ts';
import { readOverlay } from '../../../edge/src/engines/configuration/overlay.ts';

/** A bug of configurations that somebody could have written, planted between two parts. */
export interface ConfigurationDefect {
  readonly name: string;
  /** What a programmer would have done wrong. */
  readonly about: string;
  disk?(disk: Disk): Disk;
  held?(held: Held): Held;
  link?(connection: LinkConnection): LinkConnection;
}

type Machine = EdgeNode & { readonly settings: EdgeConfig };

const cloudOptions = readConfig(cloudConfig, { prefix: cloudPrefix, env: {} });
const sources: ConfigSources = {
  prefix: 'EDGE',
  env: {},
  flags: { data: '/edge', 'node.id': 'edge-1', 'link.reportEvery': '60s', 'journal.segmentSize': '64KiB' },
};
const own = readConfig(edgeConfig, sources);

/** Databases of this process are told apart by their number. */
let databases = 0;

/** An edge node that a cloud configures, each on a machine of its own, and what may befall them. */
export function configurationSite(seed: number, defect?: ConfigurationDefect) {
  const box = world(seed);
  const network = simulatedNetwork(box);
  const disk = simulatedDisk({ random: box.chance('disk'), clock: box.clock, delayMax: 5 });
  const cloudMachine = box.machine('cloud');
  const edgeMachine = box.machine('edge-1');
  const path = `file:configurations-${++databases}?mode=memory&cache=shared`;
  const kept = new DatabaseSync(path);
  let cloud: Plane | undefined;
  let store: Service | undefined;
  let edge: ConfiguredNode<Machine> | undefined;
  let held: Held | undefined;

  const bootCloud = async (life: Life): Promise<void> => {
    const one = plane(cloudOptions, life, {
      store: (feed) => {
        const opened = sqliteStore({ path, worker: false }, { ...life, feed });
        store = opened;
        return opened;
      },
    });
    await one.start(new AbortController().signal);
    network.listen(life, 'link', (connection, from) => one.links.accept(connection, from));
    cloud = one;
  };

  const bootEdge = async (life: Life): Promise<void> => {
    for (;;) {
      const mounted = defect?.disk?.(disk.mount()) ?? disk.mount();
      const files = diskConfigurations(mounted, '/edge');
      const one = configuredNode<EdgeConfig, Machine>(configurationLimits(own), {
        ...life,
        store: {
          read: files.read,
          async write(bytes) {
            const meant = decodeHeld(bytes)!;
            held = defect?.held?.(meant) ?? meant;
            await files.write(Buffer.from(JSON.stringify(held)));
          },
        },
        read: (settings) => readOverlay(edgeConfig, sources, settings),
        async open(config, configuration) {
          // Some settings can only be found wrong by trying, and some end the program.
          if (config.window.samplesMax === unusable.fails) throw new Error('the door cannot be opened');
          if (config.window.samplesMax === unusable.crashes) life.clock.soon(() => crash(life));
          const node = edgeNode(config, life, {
            disk: mounted,
            snapshots: diskSnapshots(mounted, '/edge/snapshots'),
            transport: config.link.url === '' ? undefined : { connect: (signal) => connect(life, signal) },
            door: nobody,
            configuration,
            pack: (body) => ({ codec: 0, body }),
            memoryBytes: () => 0,
          });
          return Object.defineProperty(node, 'settings', { value: config }) as Machine;
        },
      });
      // A program that has failed leaves its process, and a supervisor starts the next.
      one.broken.catch(() => crash(life));
      try {
        await one.start(new AbortController().signal);
        edge = one;
        return;
      } catch (cause) {
        life.log.warn('node.failed', describeFailure(cause));
        await one.stop().catch(() => undefined);
        await life.clock.sleep(millis(1_000));
      }
    }
  };

  const connect = async (life: Life, signal: AbortSignal): Promise<LinkConnection> => {
    const connection = await network.connect(life, 'cloud:link', signal).catch((cause: unknown) => {
      if (cause instanceof ConnectFailure) throw edgeFaults('LINK_UNREACHABLE', cause.message);
      throw cause;
    });
    return defect?.link?.(connection) ?? connection;
  };

  /** The program ends without a word, and is started again. */
  const crash = (life: Life): void => {
    if (life.ended) return;
    edge = undefined;
    edgeMachine.cut();
    disk.powerCut();
    box.after(2_000, boot);
  };

  const boot = (): void => {
    if (!cloudMachine.life) void bootCloud(cloudMachine.boot());
    if (!edgeMachine.life) void bootEdge(edgeMachine.boot());
  };

  return {
    box,
    wire: network.between('edge-1', 'cloud'),
    cloudMachine,
    edgeMachine,
    boot,
    get cloud() {
      return cloud;
    },
    get edge() {
      return edge;
    },
    /** What the node holds of its configuration, as its disk has it. */
    get held() {
      return held;
    },
    cutEdge() {
      edge = undefined;
      edgeMachine.cut();
      disk.powerCut();
    },
    cutCloud() {
      const dead = store;
      cloud = undefined;
      cloudMachine.cut();
      box.after(1_000, () => void dead?.stop());
    },
    /** Proposes as an operator does who has read what there is. */
    async propose(settings: Readonly<Record<string, unknown>>): Promise<number> {
      const { store: all, links } = cloud!;
      const now = cloudMachine.life!.clock.wall();
      const before = await all.configurations.find('edge-1');
      const expected = before!.version;
      const done = await all.configurations.propose('edge-1', { settings, expected, by: 'operator:ada' }, now);
      if (done.kind === 'refused') throw new Error(done.why);
      links.configure('edge-1');
      return done.view.version;
    },
    async close() {
      cloud = undefined;
      await store?.stop();
      kept.close();
    },
  };
}

export type ConfigurationSite = ReturnType<typeof configurationSite>;

/** Numbers that are allowed and that a node in this world cannot run with. */
export const unusable = { fails: 4_242, crashes: 6_666 } as const;

/** A door at which nobody listens. */
const nobody = (): Outlet & Service => ({
  ...service({ start: () => undefined, stop: () => undefined }),
  publish: () => ({ matched: 0, acknowledged: Promise.resolve(undefined) }),
  onSubscribed: () => undefined,
  clients: 0,
});
