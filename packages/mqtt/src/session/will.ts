import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import type { PublishProperties } from '../message.ts';
import type { ConnectWill } from '../packets/connect.ts';
import type { IncomingPublish, Publisher, StoredWill } from '../ports.ts';
import { reason } from '../reason.ts';
import { Parcel } from '../router/parcel.ts';
import type { Topic } from '../router/topics.ts';

/** What a client wants to have published when it is gone without a word. */
export interface Will {
  /** Names it in the store: a client may have one that is being published beside one that waits. */
  readonly key: number;
  readonly topic: Topic;
  readonly will: ConnectWill;
  readonly publisher: Publisher;
  /** Seconds. */
  readonly delay: number;
  /** The intake had it in an earlier life of the broker: it is only routed. */
  readonly taken?: boolean;
}

/** Publishes a will as its client would have: access is asked, the intake takes it, and it is routed after the commit. */
export function publishWill(hub: Hub, one: Will): void {
  const { topic, will, publisher } = one;
  const { clientId } = publisher;
  const { payload, qos, retain } = will;
  const properties = publishedWith(one);
  const batch = hub.turn.filling;
  const sequence = hub.keeper.name();
  const code = takeWill(hub, one, {
    topic: topic.text,
    bytes: payload,
    start: 0,
    end: payload.length,
    qos,
    retain,
    duplicate: false,
    packetId: 0,
    sequence,
    properties,
    spooled: undefined,
  });
  if (code >= 0x80) {
    hub.tally.refused(code);
    hub.store?.willed(one.key, undefined);
    return;
  }
  hub.turn.hold(new Parcel(topic, payload, qos, retain, properties, hub.clock.ticks(), clientId));
  hub.keeper.whenSettled(batch, () => {
    hub.store?.willed(one.key, undefined);
    if (sequence > 0) hub.store?.took(sequence);
  });
}

/** Gives the reason code. The client is gone, so nobody but the log can be told of an access or intake that fails. */
function takeWill(hub: Hub, { publisher, taken }: Will, publish: IncomingPublish): number {
  if (taken) return reason.success;
  try {
    if (hub.access && !hub.access.authorize(publisher, 'publish', publish.topic)) return reason.notAuthorized;
    if (!hub.intake) return reason.success;
    const code = hub.intake.take(publisher, publish);
    if (code < 0x80) hub.turn.took();
    return code;
  } catch (cause) {
    hub.log.error('mqtt.will.failed', { clientId: publisher.clientId, ...describeFailure(cause) });
    return reason.implementationSpecific;
  }
}

function publishedWith({ will, publisher }: Will): PublishProperties | undefined {
  const { willDelay: _, ...rest } = will.properties;
  return publisher.protocol === 5 ? (rest as PublishProperties) : undefined;
}

/** As a store keeps it; `dueAt` is store time, undefined while its client is connected. */
export function storedWill(one: Will, dueAt: number | undefined): StoredWill {
  const { key, topic, will, publisher, delay, taken = false } = one;
  const { clientId, username, address, secure, protocol } = publisher;
  const { payload, qos, retain } = will;
  const properties = publishedWith(one);
  const message = { topic: topic.text, payload, qos, retain, properties };
  return { key, clientId, ...message, delay, dueAt, taken, username, address, secure, protocol };
}

/** A will from a store; undefined if its topic is none any more, by a bound that has been lowered. */
export function willFrom(hub: Hub, kept: StoredWill): Will | undefined {
  const topic = hub.topics.fromText(kept.topic);
  if (!topic) return undefined;
  const { key, clientId, username, address, secure, protocol, qos, retain, delay, taken } = kept;
  return {
    key,
    topic,
    will: {
      topic: kept.topic,
      payload: Buffer.from(kept.payload),
      qos,
      retain,
      properties: { ...kept.properties } as ConnectWill['properties'],
    },
    publisher: { clientId, username, address, secure, protocol, certificate: undefined, context: undefined },
    delay,
    taken,
  };
}
