import { type Clock, isFault, type Log, type Random, type Service, stack } from '@selvedge/kernel';
import {
  type Broker,
  broker,
  type DiskSpool,
  defaultLimits,
  type JournalSessions,
  type Limits,
  type ListenerOptions,
  reason,
} from '@selvedge/mqtt';
import { type BrokerOperations, type Gate, type Intake, type Outlet, type Revoked, verdict } from '../../ports.ts';
import { gateAccess, scopeOf } from './access.ts';

export interface MqttDoorOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly clientsMax: number;
  readonly packetSizeMax: number;
  /** Largest payload that the intake reads; 64 KiB unless told. */
  readonly readMax?: number;
}

export interface MqttDoor extends Service, Outlet {
  readonly operations: BrokerOperations;
  /** Serves one byte stream, such as a bridge's. */
  readonly accept: Broker['accept'];
  readonly listening: readonly { readonly transport: string; readonly host: string; readonly port: number }[];
}

/** MQTT 5: quota exceeded. The sender keeps the message and tries again. */
const quotaExceeded = 0x97;

/** The MQTT door: a broker that acknowledges when the node's journal has the message. */
export function mqttDoor(
  options: MqttDoorOptions,
  world: {
    clock: Clock;
    random: Random;
    log: Log;
    gate: Gate;
    /** Where sessions, wills and retained messages survive; the door starts and stops it. */
    sessions?: JournalSessions;
    /** Where payloads lie that are too large for memory; the door starts and stops it. */
    spool?: DiskSpool;
  },
  intake: Intake,
): MqttDoor {
  const one = broker(
    { listeners: options.listeners, limits: limitsOf(options) },
    {
      ...world,
      access: gateAccess(world.gate),
      intake: {
        takesSpooled: intake.takeLarge !== undefined,
        take(publisher, publish) {
          const { topic, bytes, start, end, sequence, spooled } = publish;
          try {
            if (spooled) {
              const beginning = bytes.subarray(start, end);
              return intake.takeLarge!(topic, beginning, spooled.size) === verdict.refused ? quotaExceeded : 0;
            }
            const name =
              sequence === 0 ? undefined : { clientId: publisher.clientId, packetId: publish.packetId, sequence };
            return intake.take(topic, bytes, start, end, name) === verdict.refused ? quotaExceeded : 0;
          } catch (cause) {
            if (isFault(cause)) return quotaExceeded;
            throw cause;
          }
        },
        commit: () => intake.commit(),
        ...(intake.namedAfter ? { takenAfter: (sequence: number) => intake.namedAfter!(sequence) } : {}),
      },
    },
  );
  const revoked = async ({ kind, name, credential }: Revoked): Promise<void> => {
    const scope = scopeOf({ kind, name });
    if (credential === undefined) {
      const ended = await one.revoke((clientId) => clientId.startsWith(scope));
      world.log.info('door.revoked', { kind, name, ...ended });
      return;
    }
    for (const { clientId, connection } of one.clients()) {
      const came = connection?.context as { readonly credential?: string } | undefined;
      if (came?.credential === credential) one.kick(clientId, reason.notAuthorized);
    }
  };
  const deafen = world.gate.onRevoked(revoked);
  const kept = [world.sessions, world.spool].filter((service) => service !== undefined);
  const life = stack(...kept, one);
  const stop = (): Promise<void> => {
    deafen();
    return life.stop();
  };
  return {
    start: (signal) => life.start(signal),
    stop,
    [Symbol.asyncDispose]: stop,
    operations: one,
    accept: one.accept,
    publish: ({ topic, payload, qos, retain = false }) =>
      one.publish({ topic, payload: Buffer.from(payload), qos, retain }),
    onSubscribed: (listener) => void one.onSubscribed((_client, filter) => listener(filter)),
    get clients() {
      return [...one.clients()].length;
    },
    get listening() {
      return one.listening;
    },
  };
}

/** Beside a payload a packet in the spool has a head of at most this size. */
const headMax = 65_536 + 1_024;

/** What goes into the spool is never something that the intake would read. */
const limitsOf = ({ clientsMax, packetSizeMax, readMax = 65_536 }: MqttDoorOptions): Partial<Limits> => ({
  clientsMax,
  packetSizeMax,
  spoolFrom: Math.max(defaultLimits.spoolFrom, readMax + headMax),
});
