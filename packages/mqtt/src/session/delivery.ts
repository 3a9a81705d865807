import type { StoredDelivery, StoredMessage } from '../ports.ts';
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

  /** As a store keeps it. */
  stored(message: StoredMessage): StoredDelivery {
    const { key, qos, retain, ids, packetId, released } = this;
    return { key, message, qos, retain, subscriptionIds: ids, packetId, released };
  }
}
