import type { Log } from '@selvedge/kernel';
import { type TwinValue, topics, twinMax } from '@selvedge/protocol';
import { deviceFaults } from '../../faults.ts';
import type { Connection } from '../../ports.ts';

export type Desired = Readonly<Record<string, TwinValue>>;

/** Learns what the device should do. Called with all desired values, at each change and after each start. */
export type DesiredHandler = (desired: Desired) => void | Promise<void>;

/** What a device says it does; null takes a field back. */
export type Reported = Readonly<Record<string, TwinValue | null>>;

/** The device's side of its twin. Nothing of it is durable here: after a start a device says again what it does. */
export interface DeviceTwin {
  handle(handler: DesiredHandler): void;
  /** Tells the edge what the device does, now or once it is connected. Settles when the edge has it durably. */
  report(reported: Reported): Promise<void>;
  arrive(payload: Uint8Array): Promise<void>;
  /** The edge is connected. */
  attach(connection: Connection): Promise<void>;
  stop(): void;
}

export function deviceTwin(id: string, log: Log): DeviceTwin {
  let handler: DesiredHandler | undefined;
  let connection: Connection | undefined;
  let isSending = false;
  /** What the edge does not have; a later value of a field takes the place of an earlier one. */
  let waiting = new Map<string, TwinValue | null>();
  let told = Promise.withResolvers<void>();

  const flush = async (): Promise<void> => {
    if (isSending || waiting.size === 0) return;
    isSending = true;
    while (connection && waiting.size > 0) {
      const sent = waiting;
      const settled = told;
      waiting = new Map();
      told = Promise.withResolvers();
      try {
        const payload = Buffer.from(JSON.stringify(Object.fromEntries(sent)), 'utf8');
        await connection.publish(topics.twinReported(id), payload);
        settled.resolve();
      } catch {
        // What was said meanwhile counts; the rest goes with the next connection.
        waiting = new Map([...sent, ...waiting]);
        told.promise.then(settled.resolve, settled.reject);
        connection = undefined;
      }
    }
    isSending = false;
  };

  return {
    handle: (one) => void (handler = one),
    report(reported) {
      const names = Object.entries(reported);
      if (waiting.size + names.length > twinMax.fields) {
        const message = `${waiting.size + names.length} fields would wait, ${twinMax.fields} are allowed`;
        return Promise.reject(deviceFaults('TWIN_FULL', message));
      }
      for (const [name, value] of names) waiting.set(name, value);
      const { promise } = told;
      void flush();
      return names.length === 0 ? Promise.resolve() : promise;
    },
    async arrive(payload) {
      // The node lets go of a retained message by an empty one.
      if (payload.length === 0) return;
      const desired = desiredIn(payload);
      if (!desired) return log.warn('twin.unreadable', { bytes: payload.length });
      try {
        await handler?.(desired);
      } catch (cause) {
        log.error('twin.handler_failed', { message: cause instanceof Error ? cause.message : String(cause) });
      }
    },
    async attach(made) {
      if (handler) await made.subscribe(topics.twinDesired(id));
      connection = made;
      void flush();
    },
    stop() {
      connection = undefined;
      told.promise.catch(() => undefined);
      told.reject(deviceFaults('DEVICE_STOPPED', `${id} was stopped`));
    },
  };
}

function desiredIn(payload: Uint8Array): Desired | undefined {
  try {
    const { desired } = JSON.parse(Buffer.from(payload).toString('utf8')) as { desired?: unknown };
    return typeof desired === 'object' && desired !== null ? (desired as Desired) : undefined;
  } catch {
    return undefined;
  }
}
