import type { Hub } from '../hub.ts';
import type { PublishProperties } from '../message.ts';
import type { ConnectWill } from '../packets/connect.ts';
import type { Publisher } from '../ports.ts';
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
  const allowed = hub.access?.authorize(publisher, 'publish', topic.text) ?? true;
  const publish = {
    topic: topic.text,
    bytes: payload,
    start: 0,
    end: payload.length,
    qos,
    retain,
    duplicate: false,
    properties,
  };
  const code = allowed ? (hub.intake?.take(publisher, publish) ?? reason.success) : reason.notAuthorized;
  if (code >= 0x80) {
    hub.tally.refused(code);
    return;
  }
  hub.turn.took();
  hub.turn.hold(new Parcel(topic, payload, qos, retain, properties, hub.clock.ticks(), publisher.clientId));
}
