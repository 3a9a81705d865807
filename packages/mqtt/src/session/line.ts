import type { Parcel } from '../router/parcel.ts';

/** The way to a connected client, as its session sees it. Nothing here waits. */
export interface Line {
  /** The client reads fast enough for more. */
  readonly roomy: boolean;
  /** False if the client does not take packets of that size [MQTT-3.1.2-24]. */
  sendPublish(
    parcel: Parcel,
    qos: 0 | 1 | 2,
    retain: boolean,
    duplicate: boolean,
    packetId: number,
    subscriptionIds: readonly number[],
  ): boolean;
  /** PUBREL. */
  sendRelease(packetId: number, code: number): void;
}
