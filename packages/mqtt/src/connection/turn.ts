import { type Clock, describeFailure, type Log } from '@selvedge/kernel';
import type { Intake } from '../ports.ts';
import { reason } from '../reason.ts';
import type { Parcel } from '../router/parcel.ts';
import type { Router } from '../router/router.ts';
import type { Tally } from '../tally.ts';
import type { Flusher } from './flusher.ts';

/** Somebody whose publishes wait for the commit. */
export interface Member {
  /** The commit begins: what is staged by now is what it stands for. */
  seal(): void;
  /** It is durable: acknowledge. */
  release(): void;
  /** The batch with that number was refused: nothing of it counts as taken, and nothing may be acknowledged. */
  refuse(batch: number): void;
  close(code: number, why: string): void;
}

interface Batch {
  readonly number: number;
  readonly members: readonly Member[];
  readonly parcels: readonly Parcel[];
}

interface TurnWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly intake: Intake | undefined;
  /** Makes durable what the batches so far have told the session store; undefined where nothing has to be waited for. */
  readonly keeper: { commitBatch(settled: number): Promise<void> | undefined };
  readonly router: Router;
  readonly flusher: Flusher;
  readonly tally: Tally;
}

/**
 * One commit for all connections: what they publish during a turn of the event loop is committed together at its end,
 * or as soon as the commit before has settled, so that batches grow by themselves under load. Then the messages are
 * routed, and every connection writes all its acknowledgements at once.
 */
export class Turn {
  readonly #world: TurnWorld;
  /** Number of the batch that is being filled. */
  filling = 1;
  /** Number of the last batch that was decided. */
  settled = 0;
  #members: Member[] = [];
  #parcels: Parcel[] = [];
  /** Something was given to the intake. */
  #taken: boolean = false;
  #scheduled: boolean = false;
  #committing: boolean = false;
  #idle: (() => void)[] = [];

  constructor(world: TurnWorld) {
    this.#world = world;
  }

  /** The member takes part in the batch being filled. Called once for each batch. */
  enlist(member: Member): void {
    this.#members.push(member);
    if (!this.#scheduled) this.#schedule();
  }

  /** The intake has taken something: the batch needs its commit. */
  took(): void {
    this.#taken = true;
    if (!this.#scheduled) this.#schedule();
  }

  /** To be routed after the commit. */
  hold(parcel: Parcel): void {
    this.#parcels.push(parcel);
    if (!this.#scheduled) this.#schedule();
  }

  /** Settles when nothing is waiting for a commit. */
  idle(): Promise<void> {
    if (!this.#scheduled && !this.#committing) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    this.#scheduled = true;
    if (!this.#committing) this.#world.clock.soon(() => this.#commit());
  }

  #commit(): void {
    const batch: Batch = { number: this.filling, members: this.#members, parcels: this.#parcels };
    const taken = this.#taken;
    this.#members = [];
    this.#parcels = [];
    this.#taken = false;
    this.#scheduled = false;
    this.#committing = true;
    this.filling += 1;
    for (const member of batch.members) member.seal();
    this.#world.tally.report();
    if (!taken) {
      this.#settle(batch);
      return;
    }
    this.#ask().then(
      () => this.#settle(batch),
      (cause: unknown) => this.#refuse(batch, cause),
    );
  }

  async #ask(): Promise<void> {
    await this.#world.intake?.commit();
  }

  #settle(batch: Batch): void {
    this.settled = batch.number;
    let kept: Promise<void> | undefined;
    try {
      for (const parcel of batch.parcels) this.#world.router.route(parcel);
      kept = this.#world.keeper.commitBatch(batch.number);
    } catch (cause) {
      this.#fail(batch, cause);
      return;
    }
    if (!kept) {
      this.#release(batch);
      return;
    }
    kept.then(
      () => this.#release(batch),
      (cause: unknown) => this.#fail(batch, cause),
    );
  }

  #release(batch: Batch): void {
    for (const member of batch.members) member.release();
    this.#next();
  }

  #refuse(batch: Batch, cause: unknown): void {
    this.#world.log.error('mqtt.commit.refused', { ...describeFailure(cause), connections: batch.members.length });
    this.settled = batch.number;
    if (batch.parcels.length > 0) this.#world.tally.dropped('commit-refused', batch.parcels.length);
    for (const member of batch.members) member.refuse(batch.number);
    this.#next();
  }

  /** The sessions could not be kept: what was routed is not taken back, so its packet identifiers stay known. */
  #fail(batch: Batch, cause: unknown): void {
    this.#world.log.error('mqtt.sessions.failed', { ...describeFailure(cause), connections: batch.members.length });
    for (const member of batch.members) member.close(reason.implementationSpecific, 'the session could not be kept');
    this.#next();
  }

  #next(): void {
    this.#committing = false;
    this.#world.flusher.flush();
    // Not at the end of the turn: an intake that commits in groups has begun with the same records by now.
    if (this.#scheduled) this.#commit();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }
}
