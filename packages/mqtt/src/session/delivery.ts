import type { StoredDelivery } from '../ports.ts';
import type { Parcel } from '../router/parcel.ts';
import type { SharedGroup } from '../router/shared-group.ts';

/** A QoS 1 or 2 message on its way to one client, until the handshake is over. */
export class Delivery {
  readonly key: number;
  readonly parcel: Parcel;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly ids: readonly number[];
  /** The shared subscription it came by; undefined otherwise. */
  readonly group: SharedGroup | undefined;
  /** 0 until it is sent for the first time. */
  packetId = 0;
  /** PUBREC has come, PUBREL is sent. */
  released: boolean = false;

  constructor(
    key: number,
    parcel: Parcel,
    qos: 1 | 2,
    retain: boolean,
    ids: readonly number[],
    group: SharedGroup | undefined,
  ) {
    this.key = key;
    this.parcel = parcel;
    this.qos = qos;
    this.retain = retain;
    this.ids = ids;
    this.group = group;
  }

  /** As a store keeps it; `wallOffset` is wall time minus clock ticks. */
  stored(wallOffset: number): StoredDelivery {
    const { parcel } = this;
    return {
      key: this.key,
      topic: parcel.topic.text,
      payload: parcel.payload,
      qos: this.qos,
      retain: this.retain,
      properties: parcel.properties,
      subscriptionIds: this.ids,
      expiresAt: parcel.expiresAt === Number.POSITIVE_INFINITY ? undefined : parcel.expiresAt + wallOffset,
      packetId: this.packetId,
      released: this.released,
    };
  }
}
