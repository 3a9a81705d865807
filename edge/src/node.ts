import { type Journal, journal as journalOf } from '@selvedge/journal';
import { defineMetrics, hours, type Service, service, stack } from '@selvedge/kernel';
import { type Command, decoders, type EdgeAudit, type JsonRecord, type NodeReport, shapes } from '@selvedge/protocol';
import { type EdgeConfig, journalOptions, linkOptions } from './config.ts';
import { actionsOf, noActuators } from './engines/actuator/actions.ts';
import { actuators as actuatorsOf } from './engines/actuator/actuators.ts';
import { auditJournal } from './engines/audit/audit.ts';
import { desk as deskOf } from './engines/command/desk.ts';
import { restoreDesk } from './engines/command/restore.ts';
import { clearColumns, emptyColumns, rowValues } from './engines/intake/columns.ts';
import { deviceTable } from './engines/intake/devices.ts';
import { doorIntakes } from './engines/intake/door-intake.ts';
import { intakeEngine } from './engines/intake/intake.ts';
import { readRow, restoreNames, saveNames } from './engines/intake/read-row.ts';
import { receipts as receiptsOf } from './engines/intake/receipts.ts';
import { recorder as recorderOf } from './engines/intake/recorder.ts';
import { lastReadings } from './engines/latest/last-readings.ts';
import { uplink as uplinkOf } from './engines/link/uplink.ts';
import { joinOutlets } from './engines/outlet/outlet.ts';
import { writer as writerOf } from './engines/record/writer.ts';
import { follower as followerOf } from './engines/rules/follower.ts';
import { judge as judgeOf } from './engines/rules/judge.ts';
import { collector as collectorOf } from './engines/rules/statistics.ts';
import { announce } from './engines/status/announce.ts';
import { exposeMetrics, nodeReport } from './engines/status/report.ts';
import { timeKeeper } from './engines/time/time-keeper.ts';
import { upkeep, warmFrom } from './engines/upkeep/upkeep.ts';
import { edgeFaults } from './faults.ts';
import { edgeMetrics } from './metrics.ts';
import type { EdgeAdapters, EdgeWorld, ReadingColumns } from './ports.ts';

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
  const table = shapes();
  const kept = receiptsOf({ sizeMax: 4_096, perDeviceMax: 64, ageMax: hours(24) });
  await restoreNames(devices, kept, journal, snapshots);

  const writer = writerOf(journal, world, signal);
  const record = (one: JsonRecord): void => void writer.write([one], nudge);
  const tell = (records: readonly JsonRecord[]): void => announce({ publish: (one) => outlet.toAll(one) }, records);
  const desk = deskOf({ outlet: { publish: (message) => outlet.toOne(message) }, record, now: () => clock.wall() });
  const actuators = actuatorsOf({
    actions: actionsOf(config.rules),
    client: adapters.actuators ?? noActuators,
    write: (one, durable) =>
      writer.write([one], () => {
        nudge();
        durable();
      }),
    now: () => clock.wall(),
    callsMax: config.actuators.callsMax,
    waitingMax: config.actuators.waitingMax,
  });
  const issue = (command: Command): void => void (actuators.issue(command) || desk.issue(command));
  await restoreDesk({ restore: (one) => void (actuators.restore(one) || desk.restore(one)) }, journal);

  const rules = judgeOf({ rules: config.rules, epoch: journal.epoch, samplesMax: config.window.samplesMax });
  const began = journal.head.offset;
  const latest = lastReadings({
    devicesMax: config.node.lastReadingsMax,
    epoch: journal.epoch,
    isWhole: () => follower.next >= began,
    idOf: devices.idOf,
    valuesOf: rowValues,
  });
  const statistics = collectorOf({ period: config.window.period, panes: 5, metricsMax: config.window.metricsMax });
  const follower = followerOf({
    journal,
    log,
    warmFrom: await warmFrom(snapshots),
    emptyColumns,
    clearColumns,
    idle: () => writer.idle,
    decode: (columns, body, start, end, offset) => readRow(columns, devices, table, body, start, end, offset),
    rows(columns, from, to, sink) {
      rules.judge(columns, from, to, { deviceOf: devices.idOf, valuesOf: (row) => rowValues(columns, row) }, sink);
      statistics.collect(columns, from, to);
      latest.take(columns, from, to);
    },
    repeat: tell,
    publish: (records) =>
      writer.write(records, () => {
        tell(records);
        for (const one of records) if (one.kind === 'command') issue(one.body);
        nudge();
      }),
  });
  writer.onIdle(() => follower.settle());

  const recorder = recorderOf({
    journal,
    devices,
    log,
    onAnswer(device, answer) {
      // What it changes would wait outside the journal, and whoever sent it would be acknowledged too early.
      if (writer.resting) throw edgeFaults('EDGE_BACKLOGGED', 'derived records wait for the disk', { device });
      desk.answered(device, answer);
    },
    onDurable(columns: ReadingColumns, from: number, to: number) {
      follower.live(columns, from, to);
      nudge();
    },
  });
  const engine = intakeEngine({ ...config.intake, decoders: decoders(adapters.decoders) }, devices, recorder);
  const intakeOf = doorIntakes({
    engine,
    recorder,
    devices,
    receipts: kept,
    clock: () => ({ wall: clock.wall(), unsure: time.unsure }),
  });
  const doors = [adapters.door, ...(adapters.doors ?? [])].map((open) => open(intakeOf(), desk, latest));
  const outlet = joinOutlets(doors);
  outlet.onSubscribed((filter) => desk.subscribed(filter));

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
  const nudge = (): void => link?.nudge();
  const acknowledged = (): readonly number[] => link?.acknowledged ?? [];
  const audit = (): Promise<EdgeAudit> => auditJournal(journal, acknowledged());
  const parts = {
    journal,
    counts: engine.counts,
    devices,
    clients: () => outlet.clients,
    acknowledged,
    memoryBytes: adapters.memoryBytes,
  };
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
  const outstanding = (): number => desk.outstanding + actuators.outstanding;
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
      exposeMetrics(metrics, reportNow(), engine.counts, outstanding(), link?.mode === 'online') +
      latest.metrics() +
      actuators.metrics(),
    audit,
  };
}
