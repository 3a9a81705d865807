import { type Clock, describeFailure, type Log } from '@selvedge/kernel';
import type { Intake, SessionStore, StoredMessage } from '../ports.ts';
import type { Parcel } from '../router/parcel.ts';
import { StoreTime } from './store-time.ts';

export interface KeeperWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly intake: Intake | undefined;
  readonly store: SessionStore | undefined;
}

interface Settling {
  readonly batch: number;
  readonly tell: () => void;
}

interface Waiting {
  readonly act: () => void;
  readonly failed: () => void;
}

/** What stands between the sessions and their store: numbers that outlive the process, store time, and what waits for what. */
export class Keeper {
  readonly time: StoreTime;
  readonly #world: KeeperWorld;
  #sequence = 0;
  #settling: Settling[] = [];
  #waiting: Waiting[] = [];
  readonly #next = (): number => this.next();
  readonly #at = (ticks: number): number => this.time.at(ticks);

  constructor(world: KeeperWorld) {
    this.#world = world;
    this.time = new StoreTime(world.clock);
  }

  /** The next number; rises over all lives of the store. */
  next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** A name for the intake to keep with a publish; 0 where nobody would ask for it again. */
  name(): number {
    return this.#world.store && this.#world.intake?.takenAfter ? this.next() : 0;
  }

  /** A message as the store is told it. */
  stored(parcel: Parcel): StoredMessage {
    return parcel.stored(this.#next, this.#at);
  }

  /** Tells the store what a topic retains now. `$SYS` says how the broker is: the next one says it anew. */
  readonly retained = (topic: string, parcel: Parcel | undefined): void => {
    if (!topic.startsWith('$SYS/')) this.#world.store?.retained(topic, parcel && this.stored(parcel));
  };

  /** Numbers up to this one have been used. */
  restore(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  /**
   * Tells the store when the batch has been routed, in the same transaction as what was routed: told earlier, it could
   * become durable without the message.
   */
  whenSettled(batch: number, tell: () => void): void {
    this.#settling.push({ batch, tell });
  }

  /** Commits what the routing of the batches up to `settled` has told the store, and what waited for them. */
  commitBatch(settled: number): Promise<void> | undefined {
    if (this.#settling.length > 0) {
      const count = this.#settling.findIndex(({ batch }) => batch > settled);
      const due = count < 0 ? this.#settling.splice(0) : this.#settling.splice(0, count);
      for (const { tell } of due) tell();
    }
    return this.#world.store?.commit();
  }

  /**
   * Acts once the store has kept all that is told in this turn of the event loop; what waits together acts in order.
   * Not earlier than the turn's end: a commit in the midst of a batch's routing would tear its transaction.
   */
  whenKept(act: () => void, failed: () => void): void {
    if (!this.#world.store) {
      act();
      return;
    }
    this.#waiting.push({ act, failed });
    if (this.#waiting.length === 1) this.#world.clock.soon(() => this.#commit());
  }

  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const act = (): void => {
      for (const one of waiting) one.act();
    };
    const kept = this.#world.store!.commit();
    if (!kept) {
      act();
      return;
    }
    kept.then(act).catch((cause: unknown) => {
      this.#world.log.error('mqtt.sessions.failed', { ...describeFailure(cause), waiting: waiting.length });
      for (const one of waiting) one.failed();
    });
  }
}
