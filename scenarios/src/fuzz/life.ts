import { type AgainOptions, againEffort, levelAgain } from './again.ts';
import { type Drawing, drawing, drawUpTo } from './drawing.ts';
import { type Heap, heapOf } from './heap.ts';
import type { Input } from './input.ts';
import { Broken, type FindingKind, type Ground, type Outcome } from './target.ts';

/** Where in a life something was found: while an input was taken in, in a rest, or when inputs were taken in again and again. */
export type Place = 'feed' | 'rest' | 'again';

/** A promise that did not hold, with all that led to it. */
export interface Finding {
  readonly kind: FindingKind;
  readonly why: string;
  readonly place: Place;
  /** Of the life in which it was found. */
  readonly seed: number;
  /** Inputs that the life had taken in by then, the last one showed it. */
  readonly input: number;
  /** The latest of them, in order. */
  readonly inputs: readonly Input[];
}

/** What a life tells while it goes on. */
export interface Listener {
  /** About to take in an input, the first one being number 1, or to do something behind it that takes as long as many inputs. */
  begins(input: Input | undefined, number: number): void;
  took(input: Input, reason: string, accepted: boolean): void;
  /** So many bytes more are held at the end of a life than in its beginning. */
  grew(bytes: number): void;
}

export interface LifeOptions extends AgainOptions {
  /** Inputs taken in before the life ends. */
  readonly inputsMax: number;
  readonly isOver: () => boolean;
}

/** Inputs of a whole life. */
export const lifeInputs = 50_000;
/** Inputs between two rests. */
const restEvery = 2_500;
/** After so many inputs everything that remembers is full. What is in use then is held against what is at the end. */
const earlyInputs = 10_000;
/** Inputs that are told with what was found. */
const historyMax = 4_096;
/** What may be more at the end. */
const moreMax: Heap = { objects: 3_000, bytes: 4 * 2 ** 20 };
/** Milliseconds of processor time that one input may take: a thousand times what it takes. */
const inputCpuMax = 250;

/** One life of what is fuzzed, from the first input to the end; gives what was found, which ends it. */
export async function life(options: LifeOptions, listener: Listener): Promise<Finding | undefined> {
  const { target, seed, plant, stray, again = againEffort } = options;
  const trails = trailTable();
  /** Which inputs had a new trail: all that is needed to draw the same ones again. */
  const isNew = new Uint8Array(options.inputsMax);
  let draw: Drawing | undefined = drawing(target, seed);
  let taken = 0;
  let place: Place = 'feed';
  let ground: Ground | undefined;
  let early: Heap | undefined;
  const pause = (): void => listener.begins(undefined, taken);
  const last = (most: number): readonly Input[] => {
    const inputs: Input[] = [];
    drawUpTo(target, seed, isNew, taken, (input, at) => {
      pause();
      if (at >= taken - most) inputs.push(input);
    });
    return inputs;
  };
  try {
    ground = await target.open(seed, plant);
    while (taken < options.inputsMax && !options.isOver()) {
      draw ??= drawUpTo(target, seed, isNew, taken, pause);
      const drawn = draw.next();
      taken += 1;
      listener.begins(drawn.input, taken);
      const { accepted, reason, trail } = await timed(ground, drawn.input);
      throwStray(stray);
      listener.took(drawn.input, reason, accepted);
      if (trails.isNew(`${reason} ${trail}`)) {
        isNew[taken - 1] = 1;
        draw.learn(drawn);
      }
      if (taken % restEvery > 0) continue;
      place = 'rest';
      await restOn(ground, stray, pause);
      if (taken === earlyInputs) {
        draw = undefined;
        early = await heapOf();
      }
      place = 'feed';
    }
    place = 'rest';
    await restOn(ground, stray, pause);
    draw = undefined;
    if (early && taken >= 2 * earlyInputs) grown(early, await heapOf(), listener);
    await ground.close();
    ground = undefined;
    place = 'again';
    if (taken >= again.inputs) await levelAgain(options, last(again.inputs), pause);
    return undefined;
  } catch (cause) {
    await ground?.close().catch(() => undefined);
    const inputs = last(place === 'again' ? again.inputs : historyMax);
    return { ...brokenOf(cause), place, seed, input: taken, inputs };
  }
}

function grown(early: Heap, late: Heap, listener: Listener): void {
  const growth = { bytes: late.bytes - early.bytes, objects: late.objects - early.objects };
  listener.grew(growth.bytes);
  for (const kind of ['objects', 'bytes'] as const)
    if (growth[kind] > moreMax[kind])
      throw new Broken('growth', `${growth[kind]} more ${kind} are held than after ${earlyInputs} inputs`);
}

/** Tells new trails from known ones in memory that does not grow; a few new ones are taken for known. */
function trailTable() {
  const seen = new Uint8Array(2 ** 20);
  return {
    isNew(trail: string): boolean {
      let hash = 0x811c9dc5;
      for (let at = 0; at < trail.length; at++) hash = Math.imul(hash ^ trail.charCodeAt(at), 0x01000193);
      const place = (hash ^ (hash >>> 15)) & (seen.length - 1);
      const isNew = seen[place] === 0;
      seen[place] = 1;
      return isNew;
    },
  };
}

/** A life's own seed; the first life has that of the run. */
export const lifeSeed = (seed: number, number: number): number => (seed + Math.imul(number, 0x9e3779b1)) >>> 0;

/** Throws `Broken` if the input takes too much time of the processor. */
export async function timed(ground: Ground, input: Input): Promise<Outcome> {
  const before = process.threadCpuUsage();
  const outcome = await ground.feed(input);
  const { user, system } = process.threadCpuUsage(before);
  const ms = (user + system) / 1_000;
  if (ms > inputCpuMax) throw new Broken('hang', `one input takes ${Math.round(ms)} ms of processor time`);
  return outcome;
}

async function restOn(ground: Ground, stray: LifeOptions['stray'], pause: () => void): Promise<void> {
  pause();
  await ground.rest();
  throwStray(stray);
}

function throwStray(stray: LifeOptions['stray']): void {
  const cause = stray();
  if (cause) throw cause;
}

/** What is thrown and is no broken promise is a crash. */
export function brokenOf(cause: unknown): { readonly kind: FindingKind; readonly why: string } {
  if (cause instanceof Broken) return { kind: cause.kind, why: cause.message };
  const { message, stack = '' } = cause instanceof Error ? cause : new Error(String(cause));
  const where = /^ +at .*?([^/\s(]+\/[^/\s]+:\d+):\d+\)?$/m.exec(stack)?.[1];
  return { kind: 'crash', why: where === undefined ? message : `${message} (${where})` };
}
