import type { Journal } from '@selvedge/journal';
import { decoders } from '@selvedge/protocol';
import type { EdgeConfig } from '../config.ts';
import type { DeviceTable } from '../engines/intake/devices.ts';
import { doorIntakes } from '../engines/intake/door-intake.ts';
import { type IntakeEngine, intakeEngine } from '../engines/intake/intake.ts';
import type { Receipts } from '../engines/intake/receipts.ts';
import { recorder as recorderOf } from '../engines/intake/recorder.ts';
import { type JoinedOutlet, joinOutlets } from '../engines/outlet/outlet.ts';
import type { TimeKeeper } from '../engines/time/time-keeper.ts';
import type { EdgeTwins } from '../engines/twin/twins.ts';
import { edgeFaults } from '../faults.ts';
import type { EdgeAdapters, EdgeWorld, OpenDoor } from '../ports.ts';
import type { CommandRoom } from './commands.ts';
import type { RoutingRoom } from './routing.ts';
import type { ThinkingRoom } from './thinking.ts';

/** Where devices come in, and the way back to them. */
export interface DoorRoom {
  readonly doors: readonly ReturnType<OpenDoor>[];
  readonly outlet: JoinedOutlet;
  readonly counts: IntakeEngine['counts'];
}

export interface DoorParts {
  readonly journal: Journal;
  readonly devices: DeviceTable;
  readonly kept: Receipts;
  readonly time: TimeKeeper;
  readonly commands: CommandRoom;
  readonly thinking: ThinkingRoom;
  readonly routing: RoutingRoom;
  readonly twins: EdgeTwins;
  /** There is something new in the journal. */
  readonly nudge: () => void;
}

/** Joins every door to the intake, and the intake to the journal. */
export function joinDoors(config: EdgeConfig, world: EdgeWorld, adapters: EdgeAdapters, parts: DoorParts): DoorRoom {
  const { journal, devices, time } = parts;
  const { writer, desk } = parts.commands;
  const recorder = recorderOf({
    journal,
    devices,
    log: world.log,
    now: world.clock.wall,
    onAnswer(device, answer) {
      // What it changes would wait outside the journal, and whoever sent it would be acknowledged too early.
      if (writer.resting) throw edgeFaults('EDGE_BACKLOGGED', 'derived records wait for the disk', { device });
      desk.answered(device, answer);
    },
    onTwin(device, reported) {
      if (writer.resting) throw edgeFaults('EDGE_BACKLOGGED', 'derived records wait for the disk', { device });
      return parts.twins.report(device, reported);
    },
    onDurable(columns, from, to) {
      parts.thinking.follower.live(columns, from, to);
      parts.routing.books.live(columns, from, to);
      parts.nudge();
    },
  });
  const { router } = parts.routing;
  const options = { ...config.intake, decoders: decoders(adapters.decoders) };
  const engine = intakeEngine(options, devices, recorder, router);
  const intakeOf = doorIntakes({
    engine,
    recorder,
    devices,
    receipts: parts.kept,
    clock: () => ({ wall: world.clock.wall(), unsure: time.unsure }),
  });
  const doors = [adapters.door, ...(adapters.doors ?? [])].map((open) =>
    open(intakeOf(), desk, parts.thinking.latest, parts.twins),
  );
  const outlet = joinOutlets(doors);
  outlet.onSubscribed((filter) => {
    desk.subscribed(filter);
    const device = deviceOfTwin(filter);
    if (device !== undefined) parts.twins.wanted(device);
  });
  return { doors, outlet, counts: engine.counts };
}

/** The device whose desired values a filter names. */
const deviceOfTwin = (filter: string): string | undefined => /^twin\/([^/+#]+)\/desired$/.exec(filter)?.[1];
