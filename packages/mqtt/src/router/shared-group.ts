import type { StoredSubscription } from '../ports.ts';
import type { Parcel } from './parcel.ts';
import { type Subscriber, type Terms, termsOf } from './subscriptions.ts';

interface Member {
  readonly subscriber: Subscriber;
  readonly terms: Terms;
}

/** The subscribers of one `$share/name/filter`: each message goes to one of them, in turn (section 4.8.2). */
export class SharedGroup {
  readonly #members: Member[] = [];
  #next = 0;

  get empty(): boolean {
    return this.#members.length === 0;
  }

  join(subscriber: Subscriber, subscription: StoredSubscription): void {
    const member = { subscriber, terms: termsOf([subscription]) };
    const index = this.#members.findIndex((one) => one.subscriber === subscriber);
    if (index < 0) this.#members.push(member);
    else this.#members[index] = member;
  }

  leave(subscriber: Subscriber): void {
    const index = this.#members.findIndex((one) => one.subscriber === subscriber);
    if (index >= 0) this.#members.splice(index, 1);
  }

  /** Whoever can send at once comes first, then whoever is connected, then whoever is away. */
  offer(parcel: Parcel): boolean {
    const count = this.#members.length;
    let best: Member | undefined;
    let bestIndex = 0;
    for (let step = 0; step < count; step++) {
      const index = (this.#next + step) % count;
      const member = this.#members[index]!;
      if (best && member.subscriber.readiness <= best.subscriber.readiness) continue;
      best = member;
      bestIndex = index;
      if (best.subscriber.readiness === 2) break;
    }
    if (!best) return false;
    this.#next = bestIndex + 1;
    return best.subscriber.offer(parcel, best.terms, parcel.retain && best.terms.retainAsPublished, this);
  }
}
