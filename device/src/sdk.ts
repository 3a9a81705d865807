import { seconds } from '@selvedge/kernel';
import { topics, type Value } from '@selvedge/protocol';
import { nextBoot } from './engines/boot.ts';
import { foldNotes } from './engines/command/notes.ts';
import { type CommandHandler, type CommandStatus, commandRunner, executorLimits } from './engines/command/runner.ts';
import { connector } from './engines/connector.ts';
import { type OutboxStatus, type ReportOptions, sender } from './engines/outbox/sender.ts';
import { statusPayload } from './engines/status-payload.ts';
import { type DesiredHandler, deviceTwin, type Reported } from './engines/twin/device-twin.ts';
import { deviceFaults } from './faults.ts';
import { type DeviceOptions, deviceSettings } from './options.ts';
import type { DeviceWorld } from './ports.ts';

export interface DeviceStatus {
  readonly id: string;
  /** Whether the edge is connected now. */
  readonly online: boolean;
  /** The counter of this start; 0 before `connect`. */
  readonly boot: number;
  readonly outbox: OutboxStatus;
  readonly commands: CommandStatus;
  /** Why there is no connection, in one line; absent while there is one. */
  readonly lastFailure?: string;
}

/** A thing that reports readings and obeys commands. */
export interface Device extends AsyncDisposable {
  /** Opens the outbox and begins to connect. Settles when readings can be reported, whether or not the edge is there. */
  connect(): Promise<void>;
  /** Settles when the edge is connected. Rejects when `signal` aborts or the device stops. */
  online(signal?: AbortSignal): Promise<void>;
  /**
   * Keeps a reading and sends it. Settles when the edge acknowledged, that is, has it durably. Rejects with READING_UNFIT,
   * OUTBOX_FULL, READING_DROPPED, READING_REFUSED, DEVICE_STOPPED or what the disk refused.
   */
  report(values: Readonly<Record<string, Value>>, options?: ReportOptions): Promise<void>;
  /** Carries commands of this name out, or with `*` all that have no handler of their own. Call it before `connect`. */
  onCommand(name: string, handler: CommandHandler): void;
  /** Learns what the device should do, all of it, at each change. Call it before `connect`. */
  onDesired(handler: DesiredHandler): void;
  /**
   * Tells what the device does, in its twin; null takes a field back. Settles when the edge has it durably. It is not kept
   * over a restart: say it again then. Rejects with TWIN_FULL or DEVICE_STOPPED.
   */
  reportTwin(reported: Reported): Promise<void>;
  status(): DeviceStatus;
  /** Ends in order. What the edge has not acknowledged stays in the outbox. May be repeated. */
  stop(): Promise<void>;
}

/** How long each may take when the device stops: the handler that runs, and the last acknowledgements. */
const stopTimeout = seconds(2);

/** A device in the given world. Throws DEVICE_OPTION_INVALID. */
export function deviceIn(options: DeviceOptions, world: DeviceWorld): Device {
  const settings = deviceSettings(options);
  const { id, type, outbox: limits, inFlightMax, retry } = settings;
  const { clock, store } = world;
  const stopping = new AbortController();
  let boot = 0;
  let open = false;
  let starting: Promise<void> | undefined;
  let connecting: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const outbox = sender({ id, outbox: limits, inFlightMax, boot: () => boot }, world);
  const commands = commandRunner({ id, compacted: (executor) => ({ note: 'compacted', boot, executor }) }, world);
  const twin = deviceTwin(id, world.log);
  const edge = connector(
    {
      retry,
      session: {
        clientId: id,
        will: { topic: topics.status(id), payload: statusPayload(false) },
        onMessage: (topic, payload) =>
          topic === topics.twinDesired(id) ? twin.arrive(payload) : commands.arrive(payload),
      },
      async greet(connection) {
        await connection.subscribe(topics.command(id));
        await connection.publish(topics.status(id), statusPayload(true, { boot, type, at: clock.wall() }), {
          retain: true,
        });
        commands.attach(connection);
        await twin.attach(connection);
      },
      serve: (connection, signal) => outbox.run(connection, signal),
      async depart(connection) {
        await within(outbox.settled(connection.lost));
        await within(
          connection.publish(topics.status(id), statusPayload(false, { boot, type, at: clock.wall() }), {
            retain: true,
          }),
        );
      },
    },
    world,
  );

  const within = async (task: Promise<void>): Promise<void> => {
    const over = new AbortController();
    await Promise.race([task, clock.sleep(stopTimeout, over.signal).catch(() => undefined)]);
    over.abort();
  };

  const start = async (): Promise<void> => {
    const found = foldNotes(await store.open(stopping.signal), executorLimits);
    boot = nextBoot(found.boot, clock.wall());
    // The counter is durable before any reading can carry it.
    await store.compact({ note: 'compacted', boot, executor: found.executor });
    await outbox.recover();
    await commands.recover(found.executor);
    open = true;
    connecting = edge.run(stopping.signal);
  };

  const end = async (): Promise<void> => {
    await starting?.catch(() => undefined);
    stopping.abort(deviceFaults('DEVICE_STOPPED', `${id} was stopped`));
    await within(commands.stop());
    await connecting;
    outbox.stop();
    twin.stop();
    if (starting) await store.close();
  };

  const device: Device = {
    connect: () => {
      if (stopped) return Promise.reject(deviceFaults('DEVICE_STOPPED', `${id} was stopped and does not start again`));
      return (starting ??= start());
    },
    async online(signal) {
      await edge.whenConnected(signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal);
    },
    async report(values, about = {}) {
      if (!open || stopped) throw deviceFaults('DEVICE_STOPPED', `${id} is not connected`);
      await outbox.report(values, about);
    },
    onCommand: (name, handler) => commands.handle(name, handler),
    onDesired: twin.handle,
    reportTwin: twin.report,
    status: () => ({
      id,
      online: edge.connected,
      boot,
      outbox: outbox.status(),
      commands: commands.status(),
      ...(edge.lastFailure === undefined ? {} : { lastFailure: edge.lastFailure }),
    }),
    stop: () => (stopped ??= end()),
    [Symbol.asyncDispose]: () => device.stop(),
  };
  return device;
}
