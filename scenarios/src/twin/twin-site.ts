import { DatabaseSync } from 'node:sqlite';
import { cloudConfig, cloudPrefix, type Plane, plane, sqliteStore } from '@selvedge/cloud';
import {
  type DeviceIntake,
  diskSnapshots,
  type EdgeNode,
  edgeConfig,
  edgeFaults,
  edgeNode,
  type LinkConnection,
  type Outlet,
  type Snapshots,
} from '@selvedge/edge';
import type { Disk } from '@selvedge/journal';
import { describeFailure, millis, readConfig, type Service, service } from '@selvedge/kernel';
import { ConnectFailure, type Life, simulatedDisk, simulatedNetwork, world } from '@selvedge/testkit';
import { changedFrame } from '../../../cloud/src/engines/twin/sync.ts';

/** A bug of twins that somebody could have written, planted between two parts. */
export interface TwinDefect {
  readonly name: string;
  /** What a programmer would have done wrong. */
  readonly about: string;
  disk?(disk: Disk): Disk;
  snapshots?(snapshots: Snapshots): Snapshots;
  link?(connection: LinkConnection): LinkConnection;
  intake?(intake: DeviceIntake): DeviceIntake;
}

export const device = 'pump-7';

const cloudOptions = readConfig(cloudConfig, { prefix: cloudPrefix, env: {} });
const edgeOptions = readConfig(edgeConfig, {
  prefix: 'EDGE',
  env: {},
  flags: { data: '/edge', 'node.id': 'edge-1', 'link.reportEvery': '60s', 'journal.segmentSize': '64KiB' },
});

/** Databases of this process are told apart by their number. */
let databases = 0;

/** An edge node and a cloud, each with a twin of the same device, and what may befall them. */
export function twinSite(seed: number, defect: TwinDefect | undefined) {
  const box = world(seed);
  const network = simulatedNetwork(box);
  const disk = simulatedDisk({ random: box.chance('disk'), clock: box.clock, delayMax: 5 });
  const cloudMachine = box.machine('cloud');
  const edgeMachine = box.machine('edge-1');
  const path = `file:twins-${++databases}?mode=memory&cache=shared`;
  const kept = new DatabaseSync(path);
  let cloud: Plane | undefined;
  let store: Service | undefined;
  let edge: EdgeNode | undefined;
  let door: DeviceIntake | undefined;

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
      const mounted = disk.mount();
      const own = defect?.disk?.(mounted) ?? mounted;
      const snapshots = diskSnapshots(own, '/edge/snapshots');
      const one = edgeNode(edgeOptions, life, {
        disk: own,
        snapshots: defect?.snapshots?.(snapshots) ?? snapshots,
        transport: { connect: (signal) => connect(life, signal) },
        door(intake) {
          door = defect?.intake?.(intake) ?? intake;
          return nobody();
        },
        pack: (body) => ({ codec: 0, body }),
        memoryBytes: () => 0,
      });
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

  return {
    box,
    wire: network.between('edge-1', 'cloud'),
    cloudMachine,
    edgeMachine,
    get cloud() {
      return cloud;
    },
    get edge() {
      return edge;
    },
    boot() {
      if (!cloudMachine.life) void bootCloud(cloudMachine.boot());
      if (!edgeMachine.life) void bootEdge(edgeMachine.boot());
    },
    cutEdge() {
      edge = undefined;
      door = undefined;
      edgeMachine.cut();
      disk.powerCut();
    },
    cutCloud() {
      const dead = store;
      cloud = undefined;
      cloudMachine.cut();
      box.after(1_000, () => void dead?.stop());
    },
    /** As an operator does by the API. Settles when it is acknowledged. */
    async editInCloud(path: string, value: unknown): Promise<void> {
      const [section = '', name = ''] = path.split('.');
      const wish = { kind: 'patch', sections: { [section]: { [name]: value } } } as const;
      const { store: twins, links } = cloud!;
      const done = await twins.twins.wish(device, wish, { by: 'operator:ada', now: cloudMachine.life!.clock.wall() });
      if (done.kind === 'refused') throw new Error(done.why);
      if (done.hasChanged) links.sendTwin(done.view.node, changedFrame(done.part));
    },
    /** As an operator at the site does. */
    async editAtEdge(path: string, value: unknown): Promise<void> {
      const [section = '', name = ''] = path.split('.');
      await edge!.twins.edit(device, { [section]: { [name]: value } }, { by: 'operator:bob', from: 'operator' });
    },
    /** As the device does. */
    async report(topic: string, payload: object): Promise<void> {
      const bytes = Buffer.from(JSON.stringify(payload));
      door!.take(topic, bytes, 0, bytes.length);
      await door!.commit();
    },
    async close() {
      cloud = undefined;
      await store?.stop();
      kept.close();
    },
  };
}

export type TwinSite = ReturnType<typeof twinSite>;

/** A door at which nobody listens. */
const nobody = (): Outlet & Service => ({
  ...service({ start: () => undefined, stop: () => undefined }),
  publish: () => ({ matched: 0, acknowledged: Promise.resolve(undefined) }),
  onSubscribed: () => undefined,
  clients: 0,
});
