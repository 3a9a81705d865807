import { type Journal, journal as journalOf } from '@selvedge/journal';
import { defineMetrics, hours, type Service, service, stack } from '@selvedge/kernel';
import type { EdgeAudit, NodeReport } from '@selvedge/protocol';
import { type EdgeConfig, journalOptions } from './config.ts';
import { auditJournal } from './engines/audit/audit.ts';
import { deviceTable } from './engines/intake/devices.ts';
import { restoreNames, saveNames } from './engines/intake/read-row.ts';
import { receipts as receiptsOf } from './engines/intake/receipts.ts';
import { exposeMetrics, nodeReport } from './engines/status/report.ts';
import { doubtKeeper } from './engines/time/keep-doubt.ts';
import { timeKeeper } from './engines/time/time-keeper.ts';
import { upkeep } from './engines/upkeep/upkeep.ts';
import { joinCommands } from './join/commands.ts';
import { joinDoors } from './join/doors.ts';
import { joinLink } from './join/link.ts';
import { joinRouting } from './join/routing.ts';
import { joinThinking } from './join/thinking.ts';
import { joinTwins } from './join/twins.ts';
import { edgeMetrics } from './metrics.ts';
import type { EdgeAdapters, EdgeWorld, LinkBudget, RouteExplanation, Twins } from './ports.ts';

export interface EdgeNode extends Service {
  readonly journal: Journal;
  readonly report: () => NodeReport;
  readonly metrics: () => string;
  readonly audit: () => Promise<EdgeAudit>;
  /** Why the readings of a device go where they go. */
  readonly explain: (device: string) => RouteExplanation;
  /** Whom everybody asks who wants to use the link; from the start on. */
  readonly budget: () => LinkBudget;
  readonly twins: Twins;
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
    explain: (device) => running!.explain(device),
    budget: () => running!.budget(),
    get twins() {
      return running!.twins;
    },
  };
}

type Running = Service & Pick<EdgeNode, 'report' | 'metrics' | 'audit' | 'explain' | 'twins' | 'budget'>;

async function join(
  config: EdgeConfig,
  world: EdgeWorld,
  adapters: EdgeAdapters,
  journal: Journal,
  signal: AbortSignal,
): Promise<Running> {
  const { clock, log } = world;
  const startedAt = clock.wall();
  const time = timeKeeper({
    ...{ clock, log, willBeTold: adapters.transport !== undefined },
    durable: () => journal.head.offset,
    next: () => journal.next,
    isDelayed: () => commands.writer.resting,
    correct: (body, durable) =>
      commands.writer.write([{ kind: 'time', body }], () => {
        durable();
        nudge();
      }),
  });
  const { snapshots } = adapters;
  const doubt = doubtKeeper(time, journal, snapshots);
  await doubt.restore();
  const devices = deviceTable(config.node.devicesMax);
  const kept = receiptsOf({ sizeMax: 4_096, perDeviceMax: 64, ageMax: hours(24) });
  await restoreNames(devices, kept, journal, snapshots);

  // The rooms need each other: what is called only once the node runs is lent as a function.
  const nudge = (): void => link?.nudge();
  const base = { journal, devices, nudge };
  const commands = await joinCommands(config, world, adapters, {
    ...base,
    toOne: (one) => outlet.toOne(one),
    fenceOf: (device) => twinRoom.twins.termOf(device),
    signal,
  });
  const routing = joinRouting(config, world, { ...base, commands, link: () => linkRoom.view() });
  const thinking = await joinThinking(config, world, {
    ...base,
    snapshots,
    commands,
    router: routing.router,
    toAll: (one) => outlet.toAll(one),
  });
  const twinRoom = await joinTwins(config, world, {
    ...base,
    ...{ snapshots, commands },
    toAll: (one) => outlet.toAll(one),
    link: () => link,
  });
  const { twins } = twinRoom;
  const { doors, outlet, counts } = joinDoors(config, world, adapters, {
    ...base,
    ...{ kept, time, commands, thinking, routing, twins },
  });
  const { writer, desk, actuators, record } = commands;
  const { follower, latest, statistics } = thinking;

  const { uplink: link, ...linkRoom } = await joinLink(config, world, adapters, {
    journal,
    report: () => reportNow(),
    onCloudTime: (wall) => time.confirm(wall),
    answer: () => audit(),
    onTwin: (frame) => twins.hear(frame),
    onTwinLink: () => twins.linked(),
    onConfigurationLink: () => adapters.configuration?.linked(),
    onConfiguration: (body) => adapters.configuration?.hear(body),
    onCommand(command, taken) {
      if (desk.knows(command.id)) return taken();
      writer.write([{ kind: 'command', body: command }], () => {
        desk.issue(command);
        taken();
        nudge();
      });
    },
  });
  adapters.configuration?.attach({
    write: (one, durable) =>
      writer.write([one], () => {
        durable();
        nudge();
      }),
    send: (frame) => link?.sendConfigured(frame) ?? false,
    get isLinked() {
      return link?.isLinked ?? false;
    },
  });
  const acknowledged = (): readonly number[] => link?.acknowledged ?? [];
  const audit = (): Promise<EdgeAudit> => auditJournal(journal, acknowledged());
  const clients = (): number => outlet.clients;
  const { use } = linkRoom;
  const { memoryBytes, bridges } = adapters;
  const parts = { journal, counts, devices, clients, acknowledged, memoryBytes, use, bridges };
  const reportNow = (): Omit<NodeReport, 'mode'> => nodeReport(parts, startedAt, clock.wall());
  const metrics = defineMetrics(edgeMetrics);

  const chores = upkeep({
    ...world,
    journal,
    snapshots,
    period: config.window.period,
    windowMax: Math.max(0, ...config.rules.map((rule) => rule.window)),
    write: record,
    saves: {
      clock: doubt.save,
      commands: commands.save,
      names: () => saveNames(devices, kept, { offset: journal.head.offset, now: clock.wall() }, snapshots),
    },
    turnStatistics: (now) => statistics.turn(now, devices.idOf),
    closeBooks: (now) => routing.books.close(now),
    tick() {
      time.watch();
      routing.tick();
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
    ...stack(routing.books, follower, ...doors, ...calls, opening, twinRoom.keeping, ...linkRoom.services, chores),
    report: () => ({ ...reportNow(), mode: link?.mode ?? 'offline' }),
    metrics: () =>
      exposeMetrics(
        metrics,
        reportNow(),
        counts,
        { outstanding: commands.outstanding(), crowded: desk.crowded },
        link,
      ) +
      latest.metrics() +
      actuators.metrics() +
      time.metrics() +
      routing.metrics() +
      twins.metrics() +
      (adapters.configuration?.metrics() ?? ''),
    audit,
    explain: routing.explain,
    budget: () => linkRoom.budget,
    twins,
  };
}
