import { describeFailure, type Log } from '@selvedge/kernel';
import type { Spool, SpoolFile } from '../ports.ts';
import { Spooled } from './spooled.ts';

export interface SpoolerWorld {
  readonly spool: Spool;
  readonly log: Log;
  /** A PUBLISH of this many bytes goes into the spool; Infinity: none does. */
  readonly from: number;
  /** Acts when all that the session store was told so far is durable. */
  readonly whenKept: (act: () => void, failed: () => void) => void;
}

/** What a client is about to send into the spool. */
export interface Upload {
  readonly payload: Spooled;
  readonly file: SpoolFile;
}

/** Between the broker and its spool: who holds a payload, and when it may go. */
export class Spooler {
  readonly #world: SpoolerWorld;
  /** Those of earlier lives, by name, until the state is restored. */
  readonly #found = new Map<number, Spooled>();
  /** Held by nobody, which the store refused to keep: they go with the next one. */
  readonly #unkept: SpoolFile[] = [];

  constructor(world: SpoolerWorld) {
    this.#world = world;
  }

  get sizeBytes(): number {
    return this.#world.spool.sizeBytes;
  }

  /** Packets below this size need not be looked at. */
  get largeFrom(): number {
    return this.#world.from;
  }

  /** A PUBLISH whose body has that size goes into the spool. */
  takes(size: number): boolean {
    return size >= this.#world.from;
  }

  /** Undefined: there is no room. */
  begin(size: number, durable: boolean): Upload | undefined {
    const file = this.#world.spool.create(size, durable);
    return file && { file, payload: new Spooled(file, this.#free) };
  }

  /** Finds those of earlier lives that the store refers to. */
  async load(kept: ReadonlyMap<number, number>): Promise<void> {
    for (const file of await this.#world.spool.load(kept)) this.#found.set(file.name, new Spooled(file, this.#free));
  }

  get(name: number): Spooled | undefined {
    return this.#found.get(name);
  }

  /** The state is restored: what nobody holds now goes. */
  restored(): void {
    for (const one of this.#found.values()) one.release();
    this.#found.clear();
  }

  /** Removed earlier, a payload could be missed after a crash by what the store had kept of it. */
  readonly #free = (file: SpoolFile): void => {
    this.#world.whenKept(
      () => {
        for (const one of [file, ...this.#unkept.splice(0)]) void this.#remove(one);
      },
      () => void this.#unkept.push(file),
    );
  };

  async #remove(file: SpoolFile): Promise<void> {
    try {
      await file.remove();
    } catch (cause) {
      this.#world.log.warn('mqtt.spool.unremoved', { name: file.name, size: file.size, ...describeFailure(cause) });
    }
  }
}
