import { createHash } from 'node:crypto';
import { describeViolations } from '@selvedge/testkit';
import type { Defect } from './defects/defect.ts';
import type { Figures, Outcome, Story } from './story.ts';

export interface Telling {
  readonly story: Story;
  readonly tellings: number;
  readonly failures: readonly Pick<Outcome, 'seed' | 'violations'>[];
  /** Sums over all tellings. */
  readonly figures: Figures;
  /** Digest of all histories together, whatever their order; 64 hexadecimal characters. */
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
  let [figures, digest] = [nothing, noDigest];
  for (let seed = range.from; seed < range.from + range.count; seed++) {
    const outcome = await story.tell(seed, range.defect);
    if (outcome.violations.length > 0) failures.push(outcome);
    figures = add(figures, outcome.figures);
    digest = mix(digest, createHash('sha256').update(`${seed} ${outcome.digest}`).digest('hex'));
    progress(outcome);
  }
  return { story, tellings: range.count, failures, figures, digest };
}

/** Tellings of parts of a range, in whatever order, as one. */
export function mergeTellings(story: Story, parts: readonly Telling[]): Telling {
  const failures = parts.flatMap((part) => part.failures).sort((a, b) => a.seed - b.seed);
  const tellings = parts.reduce((sum, part) => sum + part.tellings, 0);
  const figures = parts.reduce((sum, part) => add(sum, part.figures), nothing);
  return { story, tellings, failures, figures, digest: parts.reduce((all, part) => mix(all, part.digest), noDigest) };
}

/** How to see one failure again. */
export const replayLine = (story: Story, seed: number): string =>
  `npm run scenarios -- --only ${story.name} --from ${seed} --seeds 1`;

/** A failure for a person: what broke, and how to see it again. */
export const describeFailureOf = (story: Story, { seed, violations }: Pick<Outcome, 'seed' | 'violations'>): string =>
  `${story.name}, seed ${seed}:\n${describeViolations(violations)}\nagain: ${replayLine(story, seed)}\n`;

const nothing: Figures = { simulatedSeconds: 0, moments: 0, reported: 0, acknowledged: 0, stored: 0, blows: 0 };
const noDigest = '0'.repeat(64);

/** Exclusive or, so that no order matters. */
const mix = (one: string, other: string): string =>
  (BigInt(`0x${one}`) ^ BigInt(`0x${other}`)).toString(16).padStart(64, '0');

const add = (one: Figures, other: Figures): Figures =>
  Object.fromEntries(
    Object.entries(one).map(([name, value]) => [name, value + other[name as keyof Figures]]),
  ) as unknown as Figures;
