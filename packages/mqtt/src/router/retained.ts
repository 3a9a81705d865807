import { startsWild } from './filter.ts';
import type { Parcel } from './parcel.ts';
import { empty, own } from './sparse.ts';

interface Node {
  children: Map<string, Node>;
  parcel: Parcel | undefined;
}

const node = (): Node => ({ children: empty, parcel: undefined });

export interface RetainedLimits {
  readonly retainedMax: number;
  readonly retainedBytesMax: number;
}

/** Hears of each change: the message that a topic has now, undefined for none. */
export type RetainedListener = (topic: string, parcel: Parcel | undefined) => void;

/** Messages that one call of `expireSome` looks at. */
const lookedAtOnce = 1_000;

/** The last retained message of each topic. */
export class Retained {
  readonly #root = node();
  readonly #limits: RetainedLimits;
  readonly #changed: RetainedListener;
  #count = 0;
  #bytes = 0;
  #round: Iterator<Parcel> | undefined = undefined;

  constructor(limits: RetainedLimits, changed: RetainedListener = () => undefined) {
    this.#limits = limits;
    this.#changed = changed;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Replaces the topic's message [MQTT-3.3.1-5]; an empty payload removes it [MQTT-3.3.1-6]. False if there is no room. */
  put(parcel: Parcel): boolean {
    const levels = parcel.topic.text.split('/');
    if (parcel.size === 0) {
      this.#clear(parcel.topic.text, levels);
      return true;
    }
    const before = this.#find(levels)?.parcel;
    const bytes = this.#bytes - (before?.payload.length ?? 0) + parcel.payload.length;
    const full = (!before && this.#count >= this.#limits.retainedMax) || bytes > this.#limits.retainedBytesMax;
    if (full) {
      // An older value must not be taken for the newest one.
      if (before) this.#clear(parcel.topic.text, levels);
      return false;
    }
    this.#place(parcel, levels, before, bytes);
    this.#changed(parcel.topic.text, parcel);
    return true;
  }

  /** Puts back what a store has kept, within the bounds; nobody hears of it. */
  restore(parcel: Parcel): void {
    const bytes = this.#bytes + parcel.payload.length;
    if (this.#count >= this.#limits.retainedMax || bytes > this.#limits.retainedBytesMax)
      this.#changed(parcel.topic.text, undefined);
    else this.#place(parcel, parcel.topic.text.split('/'), undefined, bytes);
  }

  #place(parcel: Parcel, levels: readonly string[], before: Parcel | undefined, bytes: number): void {
    let at = this.#root;
    for (const level of levels) {
      at.children = own(at.children);
      let child = at.children.get(level);
      if (!child) at.children.set(level, (child = node()));
      at = child;
    }
    if (!before) this.#count += 1;
    parcel.spooled?.hold();
    before?.spooled?.release();
    at.parcel = parcel;
    this.#bytes = bytes;
  }

  /** The retained messages that `levels` matches, found while they are asked for. */
  matching(levels: readonly string[]): Iterator<Parcel> {
    return walk(this.#root, levels, 0, startsWild(levels));
  }

  /** Looks at some messages, going round, and removes those that expired before `now` (clock ticks). */
  expireSome(now: number): void {
    for (let looked = 0; looked < lookedAtOnce; looked++) {
      this.#round ??= walk(this.#root, ['#'], 0, false);
      const next = this.#round.next();
      if (next.done) {
        this.#round = undefined;
        return;
      }
      const { text } = next.value.topic;
      if (next.value.expiresAt <= now) this.#clear(text, text.split('/'));
    }
  }

  #find(levels: readonly string[]): Node | undefined {
    let at: Node | undefined = this.#root;
    for (const level of levels) at = at?.children.get(level);
    return at;
  }

  #clear(topic: string, levels: readonly string[]): void {
    const before = this.#count;
    this.#remove(this.#root, levels, 0);
    if (this.#count < before) this.#changed(topic, undefined);
  }

  #remove(at: Node, levels: readonly string[], depth: number): void {
    if (depth === levels.length) {
      if (!at.parcel) return;
      this.#count -= 1;
      this.#bytes -= at.parcel.payload.length;
      at.parcel.spooled?.release();
      at.parcel = undefined;
      return;
    }
    const child = at.children.get(levels[depth]!);
    if (!child) return;
    this.#remove(child, levels, depth + 1);
    if (!child.parcel && child.children.size === 0) at.children.delete(levels[depth]!);
  }
}

function* walk(at: Node, levels: readonly string[], depth: number, hideSystem: boolean): Generator<Parcel> {
  const level = levels[depth];
  if (level === undefined) {
    if (at.parcel) yield at.parcel;
  } else if (level === '#') {
    if (at.parcel) yield at.parcel;
    for (const [name, child] of at.children) {
      if (!(hideSystem && depth === 0 && name.startsWith('$'))) yield* walk(child, levels, depth, false);
    }
  } else if (level === '+') {
    for (const [name, child] of at.children) {
      if (!(hideSystem && depth === 0 && name.startsWith('$'))) yield* walk(child, levels, depth + 1, false);
    }
  } else {
    const child = at.children.get(level);
    if (child) yield* walk(child, levels, depth + 1, false);
  }
}
