import { type Clock, isFault, type Log, type Random, type Service } from '@selvedge/kernel';
import { broker, type ListenerOptions } from '@selvedge/mqtt';
import { type Intake, type Outlet, verdict } from '../../ports.ts';

export interface MqttDoorOptions {
  readonly listeners: readonly ListenerOptions[];
  readonly clientsMax: number;
  readonly packetSizeMax: number;
}

export interface MqttDoor extends Service, Outlet {
  readonly listening: readonly { readonly transport: string; readonly host: string; readonly port: number }[];
}

/** MQTT 5: quota exceeded. The sender keeps the message and tries again. */
const quotaExceeded = 0x97;

/** The MQTT door: a broker that acknowledges when the node's journal has the message. */
export function mqttDoor(
  options: MqttDoorOptions,
  world: { clock: Clock; random: Random; log: Log },
  intake: Intake,
): MqttDoor {
  const one = broker(
    { listeners: options.listeners, limits: { clientsMax: options.clientsMax, packetSizeMax: options.packetSizeMax } },
    {
      ...world,
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
  return {
    start: (signal) => one.start(signal),
    stop: () => one.stop(),
    [Symbol.asyncDispose]: () => one.stop(),
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
