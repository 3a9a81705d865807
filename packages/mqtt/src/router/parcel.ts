import type { PublishProperties } from '../message.ts';
import { propertyBytes } from '../packets/properties.ts';
import type { StoredMessage } from '../ports.ts';
import type { Spooled } from '../spool/spooled.ts';
import type { Topic } from './topics.ts';

const none = Buffer.alloc(0);

/** A message on its way to subscribers, checked and apart from the packet that brought it. */
export class Parcel {
  readonly topic: Topic;
  /** Empty where it is in the spool. */
  readonly payload: Uint8Array;
  readonly spooled: Spooled | undefined;
  /** Bytes of the payload, wherever it is. */
  readonly size: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: PublishProperties | undefined;
  /** Clock ticks after which it is not sent any more; Infinity without message expiry. */
  readonly expiresAt: number;
  /** Client id of the publisher; undefined: the server. */
  readonly from: string | undefined;
  /** Who waits to hear that a client has it. */
  readonly receipt: Receipt | undefined;
  #passed: Buffer | undefined = undefined;
  #stored: StoredMessage | undefined = undefined;

  constructor(
    topic: Topic,
    payload: Uint8Array,
    qos: 0 | 1 | 2,
    retain: boolean,
    properties: PublishProperties | undefined,
    now: number,
    from: string | undefined,
    receipt?: Receipt,
    spooled?: Spooled,
  ) {
    this.topic = topic;
    this.payload = payload;
    this.spooled = spooled;
    this.size = spooled ? spooled.size : payload.length;
    this.qos = qos;
    this.retain = retain;
    this.properties = properties;
    const expiry = properties?.messageExpiry;
    this.expiresAt = expiry === undefined ? Number.POSITIVE_INFINITY : now + expiry * 1_000;
    this.from = from;
    this.receipt = receipt;
  }

  /** From a store; `expiresAt` in clock ticks. */
  static restored(topic: Topic, stored: StoredMessage, expiresAt: number, spooled: Spooled | undefined): Parcel {
    const { payload, qos, retain, properties, from } = stored;
    const now = expiresAt - (properties?.messageExpiry ?? 0) * 1_000;
    const parcel = new Parcel(topic, payload, qos, retain, properties, now, from, undefined, spooled);
    parcel.#stored = stored;
    return parcel;
  }

  /** One more needs it: a delivery, a topic. */
  hold(): void {
    this.receipt?.expect();
    this.spooled?.hold();
  }

  /** One that held it does not need it any more, or has lost it. */
  release(): void {
    this.receipt?.lose();
    this.spooled?.release();
  }

  /** As a store keeps it, the same object for all who hold it. `name` gives its number, `time` store time from clock ticks. */
  stored(name: () => number, time: (ticks: number) => number): StoredMessage {
    const { payload, spooled, qos, retain, properties, from, expiresAt } = this;
    this.#stored ??= {
      sequence: name(),
      topic: this.topic.text,
      payload,
      ...(spooled ? { spooled: { name: spooled.name, size: spooled.size } } : {}),
      qos,
      retain,
      properties,
      from,
      expiresAt: expiresAt === Number.POSITIVE_INFINITY ? undefined : time(expiresAt),
    };
    return this.#stored;
  }

  /**
   * The properties for a version 5 client, without their length: as they came, with the expiry that is left
   * [MQTT-3.3.2-6], the identifiers of its subscriptions, and its alias for the topic unless that is 0.
   */
  propertiesFor(now: number, subscriptionIds: readonly number[], topicAlias: number): Uint8Array {
    // [MQTT-3.3.2-4], [MQTT-3.3.2-15], [MQTT-3.3.2-16], [MQTT-3.3.2-17], [MQTT-3.3.2-20]
    if (this.properties) this.#passed ??= passedOn(this.properties);
    const passed = this.#passed ?? none;
    const expires = this.expiresAt !== Number.POSITIVE_INFINITY;
    if (!expires && subscriptionIds.length === 0 && topicAlias === 0) return passed;
    const own = propertyBytes({
      ...(expires ? { messageExpiry: Math.max(0, Math.ceil((this.expiresAt - now) / 1_000)) } : {}),
      ...(topicAlias > 0 ? { topicAlias } : {}),
      subscriptionIds: [...subscriptionIds],
    });
    return passed.length > 0 ? Buffer.concat([own, passed]) : own;
  }
}

function passedOn(properties: PublishProperties): Buffer {
  const { messageExpiry: _, userProperties, ...rest } = properties;
  const pairs = userProperties?.map(([name, value]): [string, string] => [name, value]);
  return propertyBytes(pairs ? { ...rest, userProperties: pairs } : rest);
}

/** Settles with the first client that has a message for certain, or with undefined once none can have it. */
export class Receipt {
  readonly promise: Promise<string | undefined>;
  #settle!: (clientId: string | undefined) => void;
  #open = 1;

  constructor() {
    this.promise = new Promise((resolve) => (this.#settle = resolve));
  }

  /** One more client may have it. */
  expect(): void {
    this.#open += 1;
  }

  complete(clientId: string): void {
    this.#settle(clientId);
  }

  /** One that was expected, or the routing itself, is over. */
  lose(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#settle(undefined);
  }
}
