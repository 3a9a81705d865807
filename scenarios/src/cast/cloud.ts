import { DatabaseSync } from 'node:sqlite';
import { cloudConfig, cloudPrefix, type Plane, type PlaneAdapters, plane, sqliteStore } from '@selvedge/cloud';
import { readConfig, type Service } from '@selvedge/kernel';
import { type Command, firstMissing, type Reading } from '@selvedge/protocol';
import type { Life, Machine, SimulatedNetwork, Violation, World } from '@selvedge/testkit';
import type { Defect } from '../defects/defect.ts';
import type { EdgeActor } from './edge.ts';

/** The cloud on a machine of its own. Its database outlives a power cut, for every commit of it is on the disk. */
export interface CloudActor {
  readonly machine: Machine;
  /** Power on; nothing happens if it is on. */
  boot(): void;
  cut(): void;
  /** Takes an operator's command and gives it to the node, now or when it connects. */
  give(command: Command, node: string): Promise<void>;
  /** Whether it is linked with the edge and has all that is in its journal. */
  holds(edge: EdgeActor): Promise<boolean>;
  /** All readings of a device in telemetry. */
  readings(device: string): Promise<readonly Reading[]>;
  /** What the product's own audit finds, here and on every node. */
  findings(): Promise<readonly Violation[]>;
  /** Forgets the database. Takes simulated time. */
  close(): Promise<void>;
}

const config = readConfig(cloudConfig, { prefix: cloudPrefix, env: {} });

/** Databases of this process are told apart by their number. */
let databases = 0;

export function cloudActor(world: World, network: SimulatedNetwork, defect: Defect | undefined): CloudActor {
  const machine = world.machine('cloud');
  const path = `file:cloud-${++databases}?mode=memory&cache=shared`;
  // SQLite keeps such a database for as long as anybody has it open: this one stands for the disk.
  const disk = new DatabaseSync(path);
  let current: Plane | undefined;
  let opened: Service | undefined;

  const live = async (life: Life): Promise<void> => {
    const store: PlaneAdapters['store'] = (feed) => {
      const sound = sqliteStore({ path, worker: false }, { ...life, feed });
      opened = sound;
      return defect?.log ? { ...sound, log: defect.log(sound.log, life.clock) } : sound;
    };
    const cloud: Plane & Service = plane(config, life, { store });
    await cloud.start(new AbortController().signal);
    network.listen(life, 'link', (connection, from) => cloud.links.accept(connection, from));
    current = cloud;
  };

  const running = (): Plane => {
    if (!current) throw new Error('the cloud is off');
    return current;
  };

  return {
    machine,
    boot: () => void (machine.life ?? live(machine.boot())),
    cut() {
      const dead = opened;
      current = undefined;
      machine.cut();
      // A process that died has let go of its file; done later, so that what it was just doing is not disturbed.
      world.after(1_000, () => void dead?.stop());
    },
    async give(command, node) {
      if (!current) return;
      const { links, store } = current;
      if (await store.commands.issue(command, node)) links.send(node, command);
    },
    async holds({ name, node }) {
      if (!node || !current) return false;
      const { epoch, head } = node.journal;
      if (!current.links.isOnline(name)) return false;
      const acknowledged = await current.store.log.acknowledged(name, epoch);
      return firstMissing(acknowledged, node.journal.use().firstOffset) >= head.offset;
    },
    async readings(device) {
      const { store } = running();
      await store.projections.catchUp();
      return store.telemetry.readings(device, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000_000 });
    },
    async findings() {
      const { nodes } = await running().audit();
      return nodes.flatMap(({ node, edge, findings }) => [
        ...findings.map(({ code, message }) => unproven(`${node}: ${code}, ${message}`)),
        ...(edge ? [] : [unproven(`${node}: the node gave no answer to the audit`)]),
      ]);
    },
    async close() {
      current = undefined;
      await opened?.stop();
      disk.close();
    },
  };
}

const unproven = (what: string): Violation => ({ invariant: 'unproven', what });
