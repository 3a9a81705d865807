import { revive } from './input.ts';
import { type Finding, lifeSeed } from './life.ts';
import type { Noted } from './notes.ts';
import { signature } from './trial.ts';
import { type Job, type Patience, patience, watchedWorker } from './watched-worker.ts';
import type { FuzzWork, Last, Said, WorkerFigures } from './worker.ts';

/** What to fuzz; without an end in time or in lives it ends with the inputs. */
export type Errand = Pick<FuzzWork, 'seed' | 'inputsMax'> & Partial<Pick<FuzzWork, 'livesMax' | 'until'>>;

export interface Fuzzed {
  readonly figures: WorkerFigures;
  /** One for each signature. */
  readonly findings: readonly Finding[];
  /** How often each kind was found, the same bug counted again. */
  readonly counts: Readonly<Record<Finding['kind'], number>>;
  readonly last: Last | undefined;
}

/** Different bugs, all of them, and workers that had to be ended, after which a run has seen enough. */
const [findingsMax, allMax, endedMax] = [10, 50, 3];

/** Lets a worker fuzz; one that hangs is ended, and another goes on behind the life that hung. */
export async function fuzzWith(
  job: Job,
  errand: Errand,
  progress: (figures: WorkerFigures) => void = () => undefined,
  patient: Patience = patience,
): Promise<Fuzzed> {
  const work = { livesMax: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY, ...errand };
  const counts = { crash: 0, hang: 0, growth: 0, promise: 0 };
  const findings = new Map<string, Finding>();
  let figures: WorkerFigures = {
    ...{ lives: 0, inputs: 0, current: 0, accepted: 0, growthBytes: 0, slowOnce: 0 },
    outcomes: {},
  };
  let last: Last | undefined;
  let ended = 0;
  const note = (finding: Finding): void => {
    counts[finding.kind] += 1;
    if (!findings.has(signature(finding))) findings.set(signature(finding), finding);
  };
  const hasSeenEnough = (): boolean => {
    const all = counts.crash + counts.hang + counts.growth + counts.promise;
    return findings.size >= findingsMax || ended >= endedMax || all >= allMax;
  };
  const isOver = (): boolean =>
    figures.inputs >= work.inputsMax ||
    figures.lives >= work.livesMax ||
    (figures.lives > 0 && Date.now() >= work.until);

  while (!isOver() && !hasSeenEnough()) {
    const before = figures;
    const left = {
      ...{ ...work, from: before.lives, livesMax: work.livesMax - before.lives },
      inputsMax: work.inputsMax - before.inputs,
    };
    const end = await turn(job, left, patient, (said, over) => {
      if (said.is === 'figures') progress((figures = sum(before, said.figures)));
      else if (said.is === 'found') note({ ...said.finding, inputs: said.finding.inputs.map(revive) });
      else if (said.is === 'over') last = said.last;
      if (hasSeenEnough()) over.abort();
    });
    if (end.how === 'well') continue;
    ended += 1;
    const from = figures.lives;
    const finding = findingOf(end, lifeSeed(work.seed, from));
    if (end.how === 'dies' || (await endsAgain(job, { ...left, from }, end, patient))) note(finding);
    else figures = { ...figures, slowOnce: figures.slowOnce + 1 };
    figures = { ...figures, lives: from + 1, inputs: figures.inputs + end.noted.number - figures.current, current: 0 };
  }
  return { figures, findings: [...findings.values()], counts, last };
}

/** How a worker's turn has ended: by itself or because it was told to, or with an input that it could not get over. */
type End = { readonly how: 'well' } | { readonly how: 'hangs' | 'dies'; readonly why: string; readonly noted: Noted };

async function turn(
  job: Job,
  work: FuzzWork,
  patient: Patience,
  hear: (said: Said, over: AbortController) => void,
): Promise<End> {
  const over = new AbortController();
  let death: Error | undefined;
  const listen = (said: Said): void => {
    hear(said, over);
    if (said.is === 'over') over.abort();
  };
  await using watched = watchedWorker(job, work, patient, listen, (cause) => {
    death = cause;
  });
  const how = await watched.watch(over.signal);
  const noted = await watched.end();
  if (death) return { how: 'dies', why: `the worker dies: ${death.message}`, noted };
  if (how === 'well') return { how };
  return { how: 'hangs', why: how === 'gone' ? 'an input waits for what never comes' : 'an input never ends', noted };
}

/** The same life up to the same input once more: on a machine under load anything can take long once. */
async function endsAgain(
  job: Job,
  work: FuzzWork,
  { noted }: { readonly noted: Noted },
  patient: Patience,
): Promise<boolean> {
  const same = { ...work, livesMax: 1, inputsMax: noted.number, until: Number.POSITIVE_INFINITY };
  const again = await turn(job, same, patient, () => undefined);
  return again.how !== 'well' && again.noted.number === noted.number;
}

const findingOf = ({ how, why, noted }: Exclude<End, { how: 'well' }>, seed: number): Finding => ({
  ...{ kind: how === 'dies' ? 'crash' : 'hang', why, place: 'feed', seed, input: noted.number },
  inputs: noted.input ? [noted.input] : [],
});

function sum(one: WorkerFigures, other: WorkerFigures): WorkerFigures {
  const outcomes = { ...one.outcomes };
  for (const [reason, count] of Object.entries(other.outcomes)) outcomes[reason] = (outcomes[reason] ?? 0) + count;
  return {
    lives: one.lives + other.lives,
    inputs: one.inputs + other.inputs,
    current: other.current,
    accepted: one.accepted + other.accepted,
    growthBytes: Math.max(one.growthBytes, other.growthBytes),
    slowOnce: one.slowOnce + other.slowOnce,
    outcomes,
  };
}
