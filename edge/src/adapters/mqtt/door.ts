import { type Clock, isFault, type Log, type Random, type Service, stack } from '@selvedge/kernel';
import { broker, defaultLimits, type JournalSessions, type Limits, type ListenerOptions, reason } from '@selvedge/mqtt';
import { type BrokerOperations, type Gate, type Intake, type Outlet, type Revoked, verdict } from '../../ports.ts';
import { gateAccess, scopeOf } from './access.ts';

export interface MqttDoorOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly clientsMax: number;
  readonly packetSizeMax: number;
}

export interface MqttDoor extends Service, Outlet {
  readonly operations: BrokerOperations;
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
  },
  intake: Intake,
): MqttDoor {
  const one = broker(
    { listeners: options.listeners, limits: limitsOf(options) },
    {
      ...world,
      access: gateAccess(world.gate),
      intake: {
        take(_publisher, publish) {
          try {
            return intake.take(publish.topic, publish.bytes, publish.start, publish.end) === verdict.refused
              ? quotaExceeded
              : 0;
          } catch (cause) {
            if (isFault(cause)) return quotaExceeded;
            throw cause;
          }
        },
        commit: () => intake.commit(),
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
  const life = world.sessions ? stack(world.sessions, one) : one;
  const stop = (): Promise<void> => {
    deafen();
    return life.stop();
  };
  return {
    start: (signal) => life.start(signal),
    stop,
    [Symbol.asyncDispose]: stop,
    operations: one,
    publish: ({ topic, payload, qos }) => one.publish({ topic, payload: Buffer.from(payload), qos, retain: false }),
    onSubscribed: (listener) => void one.onSubscribed((_client, filter) => listener(filter)),
    get clients() {
      return [...one.clients()].length;
    },
    get listening() {
      return one.listening;
    },
  };
}

/** Whoever allows large packets wants them to be queued and retained too. */
function limitsOf({ clientsMax, packetSizeMax }: MqttDoorOptions): Partial<Limits> {
  const { queuedBytesMax, queuedTotalMax, retainedBytesMax } = defaultLimits;
  return {
    clientsMax,
    packetSizeMax,
    queuedBytesMax: Math.max(queuedBytesMax, packetSizeMax),
    queuedTotalMax: Math.max(queuedTotalMax, 2 * packetSizeMax),
    retainedBytesMax: Math.max(retainedBytesMax, packetSizeMax),
  };
}
