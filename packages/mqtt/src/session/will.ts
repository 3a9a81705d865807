import { describeFailure } from '@selvedge/kernel';
import type { Hub } from '../hub.ts';
import type { PublishProperties } from '../message.ts';
import type { ConnectWill } from '../packets/connect.ts';
import type { IncomingPublish, Publisher } from '../ports.ts';
import { reason } from '../reason.ts';
import { Parcel } from '../router/parcel.ts';
import type { Topic } from '../router/topics.ts';

/** What a client wants to have published when it is gone without a word. */
export interface Will {
  readonly topic: Topic;
  readonly will: ConnectWill;
  readonly publisher: Publisher;
  /** Seconds. */
  readonly delay: number;
}

/** Publishes a will as its client would have: access is asked, the intake takes it, and it is routed after the commit. */
export function publishWill(hub: Hub, { topic, will, publisher }: Will): void {
  const { willDelay: _, ...rest } = will.properties;
  const properties = publisher.protocol === 5 ? (rest as PublishProperties) : undefined;
  const { payload, qos, retain } = will;
  const code = takeWill(hub, publisher, {
    topic: topic.text,
    bytes: payload,
    start: 0,
    end: payload.length,
    qos,
    retain,
    duplicate: false,
    properties,
  });
  if (code >= 0x80) hub.tally.refused(code);
  else hub.turn.hold(new Parcel(topic, payload, qos, retain, properties, hub.clock.ticks(), publisher.clientId));
}

/** Gives the reason code. The client is gone, so nobody but the log can be told of an access or intake that fails. */
function takeWill(hub: Hub, publisher: Publisher, publish: IncomingPublish): number {
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
