import { createHash } from 'node:crypto';
import { describeViolations } from '@selvedge/testkit';
import type { Defect } from './defects/defect.ts';
import type { Figures, Outcome, Story } from './story.ts';

export interface Telling {
  readonly story: Story;
  readonly tellings: number;
  readonly failures: readonly Outcome[];
  /** Sums over all tellings. */
  readonly figures: Figures;
  /** SHA-256 over the digests of all histories, in hexadecimal. */
  readonly digest: string;
}

export interface Range {
  readonly from: number;
  readonly count: number;
  readonly defect?: Defect | undefined;
}

/** Tells a story for each seed of the range. `progress` hears of each outcome. */
export async function tellAll(
  story: Story,
  range: Range,
  progress: (outcome: Outcome) => void = () => undefined,
): Promise<Telling> {
  const failures: Outcome[] = [];
  const digest = createHash('sha256');
  let figures: Figures = { simulatedSeconds: 0, moments: 0, reported: 0, acknowledged: 0, stored: 0, blows: 0 };
  for (let seed = range.from; seed < range.from + range.count; seed++) {
    const outcome = await story.tell(seed, range.defect);
    if (outcome.violations.length > 0) failures.push(outcome);
    figures = add(figures, outcome.figures);
    digest.update(outcome.digest);
    progress(outcome);
  }
  return { story, tellings: range.count, failures, figures, digest: digest.digest('hex') };
}

/** How to see one failure again. */
export const replayLine = (story: Story, seed: number): string =>
  `npm run scenarios -- --only ${story.name} --from ${seed} --seeds 1`;

/** A failure for a person: what broke, and how to see it again. */
export const describeFailureOf = (story: Story, { seed, violations }: Pick<Outcome, 'seed' | 'violations'>): string =>
  `${story.name}, seed ${seed}:\n${describeViolations(violations)}\nagain: ${replayLine(story, seed)}\n`;

const add = (one: Figures, other: Figures): Figures =>
  Object.fromEntries(
    Object.entries(one).map(([name, value]) => [name, value + other[name as keyof Figures]]),
  ) as unknown as Figures;
