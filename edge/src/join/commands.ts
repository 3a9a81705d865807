import type { Journal } from '@selvedge/journal';
import type { Command, JsonRecord } from '@selvedge/protocol';
import type { EdgeConfig } from '../config.ts';
import { actionsOf, noActuators } from '../engines/actuator/actions.ts';
import { type Actuators, actuators as actuatorsOf } from '../engines/actuator/actuators.ts';
import { type Desk, desk as deskOf } from '../engines/command/desk.ts';
import { openKeeper } from '../engines/command/keep-open.ts';
import { restoreDesk } from '../engines/command/restore.ts';
import { type Writer, writer as writerOf } from '../engines/record/writer.ts';
import type { EdgeAdapters, EdgeWorld, Outlet } from '../ports.ts';

/** What commands are given to, and what writes down what became of them. */
export interface CommandRoom {
  readonly writer: Writer;
  readonly desk: Desk;
  readonly actuators: Actuators;
  /** Journals one derived record, however often it takes. */
  readonly record: (one: JsonRecord) => void;
  /** To the actuator that the command names, or else to the device. */
  readonly issue: (command: Command) => void;
  readonly outstanding: () => number;
  /** To be called every few seconds. */
  readonly save: () => Promise<void>;
}

export interface CommandParts {
  readonly journal: Journal;
  readonly toOne: Outlet['publish'];
  /** There is something new in the journal. */
  readonly nudge: () => void;
  readonly signal: AbortSignal;
  /** How often a device had moved, as far as its twin knows. */
  readonly fenceOf: (device: string) => number | undefined;
}

/** Joins the journal's writer with the two that carry out commands, and gives them back what was outstanding. */
export async function joinCommands(
  config: EdgeConfig,
  world: EdgeWorld,
  adapters: Pick<EdgeAdapters, 'actuators' | 'snapshots'>,
  parts: CommandParts,
): Promise<CommandRoom> {
  const { journal, nudge } = parts;
  const now = (): number => world.clock.wall();
  const writer = writerOf(journal, world, parts.signal);
  const record = (one: JsonRecord): void => void writer.write([one], nudge);
  const desk = deskOf({ outlet: { publish: parts.toOne }, record, now, fenceOf: parts.fenceOf });
  const actuators = actuatorsOf({
    actions: actionsOf(config.rules),
    client: adapters.actuators ?? noActuators,
    write: (one, durable) =>
      writer.write([one], () => {
        nudge();
        durable();
      }),
    now,
    callsMax: config.actuators.callsMax,
    waitingMax: config.actuators.waitingMax,
  });
  const restore = (one: JsonRecord): void => void (actuators.restore(one) || desk.restore(one));
  const keeper = openKeeper({
    ...{ journal, restore },
    snapshots: adapters.snapshots,
    open: () => [...desk.unended, ...actuators.unended],
    isDelayed: () => writer.resting,
  });
  await keeper.restore();
  await restoreDesk({ restore }, journal);
  return {
    writer,
    desk,
    actuators,
    record,
    issue: (command) => void (actuators.issue(command) || desk.issue(command)),
    outstanding: () => desk.outstanding + actuators.outstanding,
    save: keeper.save,
  };
}
