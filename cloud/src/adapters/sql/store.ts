import { type Service, service } from '@selvedge/kernel';
import type { CloudWorld, FeedSink, Store } from '../../ports.ts';
import { announcingAlerts, announcingCommands, announcingRegistry } from './announcing.ts';
import type { Core } from './core.ts';
import { storeFaults } from './faults.ts';
import { directHost, type Host } from './host.ts';
import { type RunningProjections, runProjections } from './projections.ts';
import { retention } from './retention/turns.ts';
import { secretAccess } from './secrets.ts';
import { workerHost } from './worker-host.ts';

export interface SqliteStoreOptions {
  /** The database file, or `:memory:`. */
  readonly path: string;
  /** Whether a file is worked on in threads of its own. Without, everything happens in microtasks of this one. */
  readonly worker: boolean;
}

/**
 * The cloud's store in one SQLite file. What `append` has acknowledged is on the disk. Throws the faults of `storeFaults`;
 * before `start` and after `stop` every call rejects with STORE_CLOSED.
 */
export function sqliteStore(
  options: SqliteStoreOptions,
  world: CloudWorld & { readonly feed: FeedSink },
): Store & Service {
  let running: { readonly host: Host; readonly projections: RunningProjections } | undefined;
  const open = (): NonNullable<typeof running> => {
    if (!running) throw storeFaults('STORE_CLOSED', 'the store is not open');
    return running;
  };
  const writer = (): Core => open().host.writer;
  const reader = (): Core => open().host.reader;
  const announcing = { clock: world.clock, feed: world.feed, writer, reader };

  const lifecycle = service({
    async start() {
      const inThreads = options.worker && options.path !== ':memory:';
      const host = inThreads ? await workerHost(options.path, world.log) : directHost(options.path);
      const projections = runProjections(host.writer.projector, world);
      running = { host, projections };
      // An earlier process may have appended what it did not get to project.
      projections.wake();
    },
    async stop() {
      const ending = running;
      running = undefined;
      await ending?.projections.stop();
      await ending?.host.close();
    },
  });

  return {
    ...lifecycle,
    log: {
      owner: async (epoch) => reader().log.owner(epoch),
      held: async (node, epoch) => reader().log.held(node, epoch),
      prunedTo: async (node, epoch) => reader().log.prunedTo(node, epoch),
      marks: async (node, epoch, range) => reader().log.marks(node, epoch, range),
      async append(batches, held) {
        const { host, projections } = open();
        await projections.room();
        await host.writer.log.append(batches, held);
        projections.wake(batches.reduce((sum, batch) => sum + batch.bodyLength, 0));
      },
      setAside: async (batch, code, message) => writer().log.setAside(batch, code, message, world.clock.wall()),
      aside: async (filter) => reader().log.aside(filter),
      acknowledged: async (node, epoch) => reader().log.acknowledged(node, epoch),
    },
    projections: { catchUp: async () => open().projections.catchUp() },
    registry: announcingRegistry(announcing),
    telemetry: {
      readings: async (device, range) => reader().telemetry.readings(device, range),
      series: async (device, metric, range) => reader().telemetry.series(device, metric, range),
      metrics: async (device) => reader().telemetry.metrics(device),
      statistics: async (device, limit) => reader().telemetry.statistics(device, limit),
    },
    alerts: announcingAlerts(announcing),
    commands: announcingCommands(announcing),
    quarantine: {
      list: async (filter) => reader().quarantine.list(filter),
      total: async () => reader().quarantine.total(),
    },
    twins: {
      find: async (device) => reader().twins.find(device),
      at: async (device, moment) => reader().twins.at(device, moment),
      wish: async (device, wish, about) => writer().twins.wish(device, wish, about),
      history: async (device, range) => reader().twins.history(device, range),
      conflicts: async (filter) => reader().twins.conflicts(filter),
      digests: async (node) => reader().twins.digests(node),
      whole: async (devices) => reader().twins.whole(devices),
      claim: async (node, devices, at) => writer().twins.claim(node, devices, at),
    },
    configurations: {
      find: async (node) => reader().configurations.find(node),
      version: async (node, version) => reader().configurations.version(node, version),
      proposed: async (node, about) => reader().configurations.proposed(node, about),
      history: async (node, range) => reader().configurations.history(node, range),
      propose: async (node, proposal, now) => writer().configurations.propose(node, proposal, now),
      heard: async (node, said, now) => writer().configurations.heard(node, said, now),
      due: async (node, now) => writer().configurations.due(node, now),
    },
    sagas: {
      create: async (saga) => writer().sagas.create(saga),
      find: async (id) => reader().sagas.find(id),
      list: async (filter) => reader().sagas.list(filter),
      save: async (saga, events) => writer().sagas.save(saga, events),
      history: async (id, limit) => reader().sagas.history(id, limit),
    },
    auditor: {
      journals: async () => reader().auditor.journals(),
      async store(node, epoch, since) {
        await open().projections.settle();
        return reader().auditor.store(node, epoch, since);
      },
      books: async (node, epoch, range) => reader().auditor.books(node, epoch, range),
    },
    retention: retention(writer, reader),
    access: secretAccess(
      () => writer().access,
      () => reader().access,
      world.entropy,
    ),
  };
}
