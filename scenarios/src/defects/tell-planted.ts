import { type Catch, catches } from './table.ts';

/** What came of looking for a planted bug; one line of JSON each. */
export interface Caught {
  readonly story: string;
  readonly defect: string;
  /** The first seed that catches it; null when none of so many does. */
  readonly seed: number | null;
  /** How long it took, in seconds of this machine. */
  readonly seconds: number;
}

/** Seeds that are tried before a story counts as blind to a bug. */
export const seedsMax = 60;

async function* tellPlanted(): AsyncIterable<Caught> {
  for (const { by, ...one } of catches)
    for (const story of by) {
      const begin = performance.now();
      const seed = (await firstCaught({ by, ...one }, story)) ?? null;
      const seconds = (performance.now() - begin) / 1_000;
      yield { story: story.name, defect: one.defect.name, seed, seconds };
    }
}

async function firstCaught({ defect, as, from = 1 }: Catch, story: Catch['by'][number]): Promise<number | undefined> {
  for (let seed = from; seed < from + seedsMax; seed++) {
    const { violations } = await story.tell(seed, defect);
    if (violations.some(({ invariant }) => as.includes(invariant))) return seed;
  }
  return undefined;
}

if (import.meta.main) for await (const one of tellPlanted()) process.stdout.write(`${JSON.stringify(one)}\n`);
