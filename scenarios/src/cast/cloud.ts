import { DatabaseSync } from 'node:sqlite';
import {
  cloudConfig,
  cloudPrefix,
  type Plane,
  type PlaneAdapters,
  plane,
  type Store,
  sqliteStore,
} from '@selvedge/cloud';
import { readConfig, type Service } from '@selvedge/kernel';
import { addInterval, type Command, firstMissing, type Interval, type Reading } from '@selvedge/protocol';
import type { Life, Machine, SimulatedNetwork, World } from '@selvedge/testkit';
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
  findings(): Promise<readonly AuditFinding[]>;
  /** Offsets of a journal that need not be shipped again. */
  acknowledged(node: string, epoch: string): Promise<readonly Interval[]>;
  /** The store as those who ask have it. The power must be on. */
  readonly store: Store;
  /** The cloud of this life; undefined while the power is off. */
  readonly plane: Plane | undefined;
  /** Stands between the cloud and its store from the next start on; a story may do there what it likes. */
  tap: <Kept extends Store>(store: Kept, life: Life) => Kept;
  /** Takes a copy of the database as it is at this moment. */
  backUp(): Backup;
  /** Puts the copy in place of the database. The power must be off. */
  restore(backup: Backup): void;
  /** Forgets the database. Takes simulated time. */
  close(): Promise<void>;
}

/** What an audit found at one node, and the code by which it says so. */
export interface AuditFinding {
  readonly node: string;
  readonly code: string;
  readonly message: string;
}

/** A copy of the cloud's database. */
export interface Backup {
  readonly path: string;
  /** Stands for the disk that it lies on. */
  readonly disk: DatabaseSync;
}

const config = readConfig(cloudConfig, { prefix: cloudPrefix, env: {} });

/** Databases of this process are told apart by their number. */
let databases = 0;

/** SQLite keeps such a database for as long as anybody has it open: whoever opens this one stands for the disk. */
function emptyDatabase(): Backup {
  const path = `file:cloud-${++databases}?mode=memory&cache=shared`;
  return { path, disk: new DatabaseSync(path) };
}

export function cloudActor(world: World, network: SimulatedNetwork, defect: Defect | undefined): CloudActor {
  const machine = world.machine('cloud');
  const backups: Backup[] = [];
  let database = emptyDatabase();
  let current: Plane | undefined;
  let opened: Service | undefined;
  let lives = 0;

  const live = async (life: Life): Promise<void> => {
    const store: PlaneAdapters['store'] = (feed) => {
      const sound = sqliteStore({ path: database.path, worker: false }, { ...life, feed });
      opened = sound;
      const logged = defect?.log ? { ...sound, log: defect.log(sound.log, life.clock) } : sound;
      const changed = defect?.store?.(logged, lives) ?? logged;
      return actor.tap(changed, life);
    };
    lives += 1;
    const cloud: Plane & Service = plane(config, life, { store });
    await cloud.start(new AbortController().signal);
    network.listen(life, 'link', (connection, from) => cloud.links.accept(connection, nodeOn(from)));
    current = cloud;
  };

  const running = (): Plane => {
    if (!current) throw new Error('the cloud is off');
    return current;
  };

  const actor: CloudActor = {
    machine,
    tap: (store) => store,
    get plane() {
      return current;
    },
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
      if (await store.commands.issue(command, node)) links.send(node);
    },
    async holds({ name, node }) {
      if (!node || !current) return false;
      const { epoch, head } = node.journal;
      if (!current.links.isOnline(name)) return false;
      const { firstOffset, damaged } = node.journal.use();
      const acknowledged = await current.store.log.acknowledged(name, epoch);
      // What cannot be read any more cannot be shipped either.
      const done = damaged.reduce(
        (all, { from, to }) => (to > from ? addInterval(all, [from, to]) : all),
        acknowledged,
      );
      return firstMissing(done, firstOffset) >= head.offset;
    },
    acknowledged: (node, epoch) => running().store.log.acknowledged(node, epoch),
    get store() {
      return running().store;
    },
    backUp() {
      const backup = emptyDatabase();
      database.disk.prepare('vacuum into ?').run(backup.path);
      backups.push(backup);
      return backup;
    },
    restore(backup) {
      backups.push(database);
      database = backup;
    },
    async readings(device) {
      const { store } = running();
      await store.projections.catchUp();
      return store.telemetry.readings(device, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000_000 });
    },
    async findings() {
      const { store, audit } = running();
      const known = await store.registry.nodes();
      const isCurrent = (id: string, epoch: string) => known.some((one) => one.id === id && one.epoch === epoch);
      const { nodes } = await audit();
      return nodes.flatMap(({ node, epoch, edge, findings }) => [
        ...findings.map(({ code, message }) => ({ node, code, message })),
        ...(edge || !isCurrent(node, epoch) ? [] : [{ node, code: 'SILENT', message: 'gave no answer to the audit' }]),
      ]);
    },
    async close() {
      current = undefined;
      await opened?.stop();
      for (const one of new Set([database, ...backups])) one.disk.close();
    },
  };
  return actor;
}

/** A machine is certified as the node before the slash of its name: a copy has its original's certificate. */
const nodeOn = (machine: string): string => machine.split('/')[0]!;
