import type { StoredSubscription } from '../ports.ts';
import type { Filter } from './filter.ts';
import type { Parcel } from './parcel.ts';
import { Retained, type RetainedLimits, type RetainedListener } from './retained.ts';
import { type Match, type Subscriber, Subscriptions } from './subscriptions.ts';
import type { Topic } from './topics.ts';

/** Brings a message to everybody who subscribed to its topic. It never waits for any of them. */
export class Router {
  readonly retained: Retained;
  readonly #subscriptions = new Subscriptions();
  readonly #notRetained: () => void;
  /** Rises with each change of a subscription: what a topic remembers of an older version is void. */
  #version = 0;

  constructor(limits: RetainedLimits, notRetained: () => void, retained?: RetainedListener) {
    this.retained = new Retained(limits, retained);
    this.#notRetained = notRetained;
  }

  subscribe(filter: Filter, subscriber: Subscriber, subscription: StoredSubscription): void {
    this.#version += 1;
    this.#subscriptions.add(filter, subscriber, subscription);
  }

  unsubscribe(filter: Filter, subscriber: Subscriber): void {
    this.#version += 1;
    this.#subscriptions.remove(filter, subscriber);
  }

  match(topic: Topic): Match {
    if (topic.version === this.#version) return topic.match!;
    topic.version = this.#version;
    return (topic.match = this.#subscriptions.match(topic.text));
  }

  /** Retains the message if it asks for that, and offers it to its subscribers. Gives how many sessions took it. */
  route(parcel: Parcel): number {
    if (parcel.retain && !this.retained.put(parcel)) this.#notRetained();
    const { recipients, groups } = this.match(parcel.topic);
    let matched = 0;
    for (const one of recipients) {
      const terms = parcel.from === one.subscriber.clientId ? one.ownTerms : one.terms;
      // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
      if (terms && one.subscriber.offer(parcel, terms, parcel.retain && terms.retainAsPublished, undefined))
        matched += 1;
    }
    for (const group of groups) {
      if (group.offer(parcel)) matched += 1;
    }
    return matched;
  }
}
