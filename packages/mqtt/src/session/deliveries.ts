import type { Delivery } from './delivery.ts';

/** A first-in-first-out queue without gaps: taking from its head does not move the rest. */
export class Deliveries {
  #items: (Delivery | undefined)[] = [];
  #head = 0;
  /** Payload bytes of what it holds. */
  bytes = 0;

  get count(): number {
    return this.#items.length - this.#head;
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery);
    this.bytes += delivery.parcel.payload.length;
  }

  /** Takes out those that `which` names. */
  remove(which: (delivery: Delivery) => boolean): Delivery[] {
    const removed: Delivery[] = [];
    const left: Delivery[] = [];
    for (const delivery of this.#items.slice(this.#head) as Delivery[])
      (which(delivery) ? removed : left).push(delivery);
    this.#items = left;
    this.#head = 0;
    for (const { parcel } of removed) this.bytes -= parcel.payload.length;
    return removed;
  }

  first(): Delivery | undefined {
    return this.#items[this.#head];
  }

  shift(): Delivery | undefined {
    const delivery = this.#items[this.#head];
    if (!delivery) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    this.bytes -= delivery.parcel.payload.length;
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return delivery;
  }
}
