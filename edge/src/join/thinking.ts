import type { Journal } from '@selvedge/journal';
import { type JsonRecord, shapes } from '@selvedge/protocol';
import type { EdgeConfig } from '../config.ts';
import { clearColumns, emptyColumns, rowValues } from '../engines/intake/columns.ts';
import type { DeviceTable } from '../engines/intake/devices.ts';
import { readRow } from '../engines/intake/read-row.ts';
import { type Latest, lastReadings } from '../engines/latest/last-readings.ts';
import { discreet } from '../engines/route/discreet.ts';
import { type Follower, follower as followerOf } from '../engines/rules/follower.ts';
import { judge as judgeOf } from '../engines/rules/judge.ts';
import { type Collector, collector as collectorOf } from '../engines/rules/statistics.ts';
import { announce } from '../engines/status/announce.ts';
import { warmFrom } from '../engines/upkeep/upkeep.ts';
import type { EdgeWorld, Outlet, Snapshots } from '../ports.ts';
import type { CommandRoom } from './commands.ts';
import type { RoutingRoom } from './routing.ts';

/** What follows the readings: rules, statistics, and the last reading of each device. */
export interface ThinkingRoom {
  readonly follower: Follower;
  readonly latest: Latest;
  readonly statistics: Collector;
}

export interface ThinkingParts {
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly devices: DeviceTable;
  readonly commands: CommandRoom;
  readonly router: RoutingRoom['router'];
  readonly toAll: Outlet['publish'];
  /** There is something new in the journal. */
  readonly nudge: () => void;
}

/** Joins what reads readings by cursor with what it derives from them. */
export async function joinThinking(config: EdgeConfig, world: EdgeWorld, parts: ThinkingParts): Promise<ThinkingRoom> {
  const { journal, devices, nudge } = parts;
  const { writer, issue } = parts.commands;
  const table = shapes();
  const tell = (records: readonly JsonRecord[]): void => announce({ publish: parts.toAll }, records);
  const rules = judgeOf({ rules: config.rules, epoch: journal.epoch, samplesMax: config.window.samplesMax });
  const began = journal.head.offset;
  const latest = lastReadings({
    devicesMax: config.node.lastReadingsMax,
    epoch: journal.epoch,
    isWhole: () => follower.next >= began,
    idOf: devices.idOf,
  });
  const { router } = parts;
  const veil = router && discreet(router.isPrivate, router.hasPrivate);
  const metrics = new Map(config.rules.map(({ name, metric }) => [name, metric]));
  const collector = collectorOf({ period: config.window.period, panes: 5, metricsMax: config.window.metricsMax });
  const follower = followerOf({
    journal,
    log: world.log,
    warmFrom: await warmFrom(parts.snapshots),
    emptyColumns,
    clearColumns,
    idle: () => writer.idle,
    decode: (columns, body, start, end, offset) => readRow(columns, devices, table, body, start, end, offset),
    rows(columns, from, to, sink) {
      rules.judge(columns, from, to, { deviceOf: devices.idOf, valuesOf: (row) => rowValues(columns, row) }, sink);
      if (sink) veil?.derived(sink, (rule) => metrics.get(rule));
      collector.collect(columns, from, to);
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
  const statistics: Collector = {
    ...collector,
    turn: (now, deviceOf) => {
      const all = collector.turn(now, deviceOf);
      return [...(veil?.statistics(all) ?? all)];
    },
  };
  return { follower, latest, statistics };
}
