import { type Journal, journal as journalOf } from '@selvedge/journal';
import { defineMetrics, hours, type Service, service, stack } from '@selvedge/kernel';
import type { EdgeAudit, NodeReport } from '@selvedge/protocol';
import { type EdgeConfig, journalOptions, linkOptions } from './config.ts';
import { auditJournal } from './engines/audit/audit.ts';
import { deviceTable } from './engines/intake/devices.ts';
import { restoreNames, saveNames } from './engines/intake/read-row.ts';
import { receipts as receiptsOf } from './engines/intake/receipts.ts';
import { uplink as uplinkOf } from './engines/link/uplink.ts';
import { exposeMetrics, nodeReport } from './engines/status/report.ts';
import { timeKeeper } from './engines/time/time-keeper.ts';
import { upkeep } from './engines/upkeep/upkeep.ts';
import { joinCommands } from './join/commands.ts';
import { joinDoors } from './join/doors.ts';
import { joinThinking } from './join/thinking.ts';
import { edgeMetrics } from './metrics.ts';
import type { EdgeAdapters, EdgeWorld } from './ports.ts';

export interface EdgeNode extends Service {
  readonly journal: Journal;
  readonly report: () => NodeReport;
  readonly metrics: () => string;
  readonly audit: () => Promise<EdgeAudit>;
}

/** Joins the parts of an edge node: doors → journal → rules → doors and link. */
export function edgeNode(config: EdgeConfig, world: EdgeWorld, adapters: EdgeAdapters): EdgeNode {
  const journal = journalOf(journalOptions(config), { ...world, disk: adapters.disk });
  const ended = new AbortController();
  let running: Running | undefined;
  return {
    ...service({
      async start(signal) {
        await journal.start(signal);
        running = await join(config, world, adapters, journal, ended.signal);
        await running.start(signal);
      },
      async stop() {
        ended.abort();
        await running?.stop();
        await journal.stop();
      },
    }),
    journal,
    report: () => running!.report(),
    metrics: () => running!.metrics(),
    audit: () => running!.audit(),
  };
}

type Running = Service & Pick<EdgeNode, 'report' | 'metrics' | 'audit'>;

async function join(
  config: EdgeConfig,
  world: EdgeWorld,
  adapters: EdgeAdapters,
  journal: Journal,
  signal: AbortSignal,
): Promise<Running> {
  const { clock, log } = world;
  const startedAt = clock.wall();
  const time = timeKeeper(clock, log, adapters.transport !== undefined);
  const { snapshots } = adapters;
  const devices = deviceTable(config.node.devicesMax);
  const kept = receiptsOf({ sizeMax: 4_096, perDeviceMax: 64, ageMax: hours(24) });
  await restoreNames(devices, kept, journal, snapshots);

  // The rooms need each other: what is called only once the node runs is lent as a function.
  const nudge = (): void => link?.nudge();
  const base = { journal, devices, nudge };
  const commands = await joinCommands(config, world, adapters, { ...base, toOne: (one) => outlet.toOne(one), signal });
  const thinking = await joinThinking(config, world, {
    ...base,
    snapshots,
    commands,
    toAll: (one) => outlet.toAll(one),
  });
  const { doors, outlet, counts } = joinDoors(config, world, adapters, { ...base, kept, time, commands, thinking });
  const { writer, desk, actuators, record } = commands;
  const { follower, latest, statistics } = thinking;

  const link =
    adapters.transport &&
    uplinkOf(linkOptions(config), {
      ...world,
      journal,
      transport: adapters.transport,
      pack: adapters.pack,
      report: () => reportNow(),
      onCloudTime: (wall) => time.confirm(wall),
      answer: () => audit(),
      onCommand(command, taken) {
        if (desk.knows(command.id)) return taken();
        writer.write([{ kind: 'command', body: command }], () => {
          desk.issue(command);
          taken();
          nudge();
        });
      },
    });
  const acknowledged = (): readonly number[] => link?.acknowledged ?? [];
  const audit = (): Promise<EdgeAudit> => auditJournal(journal, acknowledged());
  const clients = (): number => outlet.clients;
  const parts = { journal, counts, devices, clients, acknowledged, memoryBytes: adapters.memoryBytes };
  const reportNow = (): Omit<NodeReport, 'mode'> => nodeReport(parts, startedAt, clock.wall());
  const metrics = defineMetrics(edgeMetrics);

  const chores = upkeep({
    ...world,
    journal,
    snapshots,
    period: config.window.period,
    windowMax: Math.max(0, ...config.rules.map((rule) => rule.window)),
    write: record,
    saveNames: () => saveNames(devices, kept, { offset: journal.head.offset, now: clock.wall() }, snapshots),
    turnStatistics: (now) => statistics.turn(now, devices.idOf),
    closeLedger: () => devices.closeLedger(),
    tick() {
      time.watch();
      desk.tick();
      actuators.tick();
    },
  });
  const calls = adapters.actuators ? [adapters.actuators] : [];
  const opening = service({
    start() {
      desk.open();
      actuators.open();
    },
    stop: () => actuators.stop(),
  });
  return {
    ...stack(follower, ...doors, ...calls, opening, ...(link ? [link] : []), chores),
    report: () => ({ ...reportNow(), mode: link?.mode ?? 'offline' }),
    metrics: () =>
      exposeMetrics(metrics, reportNow(), counts, commands.outstanding(), link?.mode === 'online') +
      latest.metrics() +
      actuators.metrics(),
    audit,
  };
}
