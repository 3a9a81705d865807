import type { Journal } from '@selvedge/journal';
import { describeFailure, every, minutes, type Service, seconds, service } from '@selvedge/kernel';
import { classOf } from '@selvedge/protocol';
import type { EdgeConfig } from '../config.ts';
import type { Uplink } from '../engines/link/uplink.ts';
import { twinKeeper } from '../engines/twin/keep-twins.ts';
import { type EdgeTwins, edgeTwins } from '../engines/twin/twins.ts';
import type { EdgeWorld, Outlet, Snapshots } from '../ports.ts';
import type { CommandRoom } from './commands.ts';

/** What keeps the twins of devices. */
export interface TwinRoom {
  readonly twins: EdgeTwins;
  /** Compares with the cloud, and saves. */
  readonly keeping: Service;
}

export interface TwinParts {
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly commands: CommandRoom;
  readonly toAll: Outlet['publish'];
  readonly link: () => Pick<Uplink, 'sendTwin' | 'acknowledged'> | undefined;
  /** There is something new in the journal. */
  readonly nudge: () => void;
}

/** Joins the twins with the journal, the doors and the link, and gives them back what they were. */
export async function joinTwins(config: EdgeConfig, world: EdgeWorld, parts: TwinParts): Promise<TwinRoom> {
  const { journal } = parts;
  const { clock, log } = world;
  const node = config.node.id;
  /** Where the journal ended when the last record of a twin was durable. */
  let written = 0;
  const twins = edgeTwins(
    { node, sizeMax: config.twin.sizeMax },
    {
      log,
      now: () => clock.wall(),
      publish: (message) => void parts.toAll(message),
      send: (frame) => parts.link()?.sendTwin(frame) ?? false,
      settled: () => (parts.link()?.acknowledged[classOf('twin')] ?? 0) >= written,
      write: (record, durable) =>
        parts.commands.writer.write([record], () => {
          written = journal.head.offset;
          durable();
          parts.nudge();
        }),
    },
  );
  const keeper = twinKeeper(node, twins, journal, parts.snapshots);
  await keeper.restore();
  const ended = new AbortController();
  const chores: Promise<void>[] = [];
  const save = async (): Promise<void> => {
    try {
      await keeper.save();
    } catch (cause) {
      log.warn('chore.failed', { chore: 'twins', ...describeFailure(cause) });
    }
  };
  const keeping = service({
    start() {
      twins.open();
      chores.push(
        every(clock, seconds(1), ended.signal, () => twins.tick()),
        every(clock, minutes(1), ended.signal, save),
      );
    },
    async stop() {
      ended.abort();
      await Promise.allSettled(chores);
      await save();
    },
  });
  return { twins, keeping };
}
