import { type Heap, heapOf } from './heap.ts';
import type { Input } from './input.ts';
import { Broken, type Plant, type Target } from './target.ts';

/** How often inputs are taken in again to see whether each time leaves something behind. */
export interface AgainEffort {
  /** Inputs of one time. */
  readonly inputs: number;
  /** Times in the beginning that fill what remembers. */
  readonly warm: number;
  /** Times that are held against each other. */
  readonly times: number;
}

export const againEffort: AgainEffort = { inputs: 500, warm: 3, times: 6 };

/** Bytes that one time may leave behind: functions go on learning about their callers for a while, about 5 000 bytes a time. */
const bytesMax = 20_000;

export interface AgainOptions {
  readonly target: Target;
  readonly seed: number;
  readonly plant: Plant;
  /** The first error that nobody has caught. */
  readonly stray: () => Error | undefined;
  readonly again?: AgainEffort;
}

/** Throws `Broken` if taking in the same inputs leaves more behind each time. */
export async function levelAgain(
  { target, seed, plant, stray, again = againEffort }: AgainOptions,
  inputs: readonly Input[],
  begins: () => void = () => undefined,
): Promise<void> {
  if (inputs.length === 0) return;
  const ground = await target.open(seed, plant);
  const levels: Heap[] = [];
  const takeIn = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      for (let at = 0; at < again.inputs; at++) {
        begins();
        await ground.feed(inputs[at % inputs.length]!);
      }
      await ground.rest();
      const cause = stray();
      if (cause) throw cause;
      levels.push(await heapOf());
    }
  };
  const latest = (): string | undefined => leftBehind(levels.slice(-again.times - 1), again.inputs);
  await takeIn(again.warm + 1 + again.times);
  // What is compiled or learnt late looks like growth, but not a second time.
  if (latest() !== undefined) await takeIn(again.times);
  await ground.close();
  const why = latest();
  if (why !== undefined) throw new Broken('growth', why);
}

/** What rises from level to level, `inputs` apart; undefined if nothing does. */
export function leftBehind(levels: readonly Heap[], inputs: number): string | undefined {
  const stepsOf = (kind: keyof Heap): readonly number[] =>
    levels.slice(1).map((level, at) => level[kind] - levels[at]![kind]);
  const said = (amount: number, what: string): string =>
    `${inputs} inputs leave ${amount} ${what} behind, each time they are taken in`;
  const objects = stepsOf('objects');
  const least = Math.min(...objects);
  const total = objects.reduce((sum, step) => sum + step, 0);
  if (least > 0 && total > 2 * objects.length) return said(least, 'objects');
  // Not each step: a table grows by doubling, code that nobody needs any more is dropped at some time, and what is held may swing.
  const held = levels.map(({ bytes }) => bytes);
  const half = Math.floor((held.length - 1) / 2);
  const apart = held.length - 2 * half + 1;
  const rise = Math.round((Math.min(...held.slice(-half)) - Math.max(...held.slice(0, half))) / apart);
  const steps = stepsOf('bytes').toSorted((one, other) => one - other);
  const middle = steps[Math.floor((steps.length - 1) / 2)]!;
  return Math.min(rise, middle) > bytesMax ? said(Math.min(rise, middle), 'bytes') : undefined;
}
