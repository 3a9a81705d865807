import { parentPort, workerData } from 'node:worker_threads';
import { confirmed } from './confirm.ts';
import { type Input, type InputText, inputText, revive } from './input.ts';
import { type Finding, type LifeOptions, life, lifeInputs, lifeSeed } from './life.ts';
import { type Notes, notesOn } from './notes.ts';
import type { Plant } from './target.ts';
import { targets } from './targets.ts';
import { type Shown, type Trial, tryOut } from './trial.ts';

/** What a worker is started for: to fuzz life after life, or to try out what it is sent. */
export interface Work {
  readonly target: string;
  readonly plant: Plant;
  /** Undefined: trials. */
  readonly fuzz: FuzzWork | undefined;
  /** Where the worker notes what it is at, for whoever has to end it. */
  readonly notes: SharedArrayBuffer;
}

export interface FuzzWork {
  readonly seed: number;
  /** Number of the first life. */
  readonly from: number;
  readonly livesMax: number;
  /** Inputs that are still to be taken in. */
  readonly inputsMax: number;
  /** Wall time in milliseconds at which the last input is begun. */
  readonly until: number;
}

/** What a worker says. */
export type Said =
  | { readonly is: 'figures'; readonly figures: WorkerFigures }
  | { readonly is: 'found'; readonly finding: Finding }
  | { readonly is: 'over'; readonly last: Last | undefined }
  | { readonly is: 'shown'; readonly shown: Shown };

/** The last input, and what it led to. */
export interface Last {
  readonly input: InputText;
  readonly reason: string;
}

export interface WorkerFigures {
  readonly lives: number;
  readonly inputs: number;
  /** Those of the life that is going on. */
  readonly current: number;
  readonly accepted: number;
  readonly growthBytes: number;
  /** Inputs that took too long once, but not again. */
  readonly slowOnce: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Reasons that are counted one by one. */
const reasonsMax = 500;

async function work({ target: name, plant, fuzz, notes: shared }: Work): Promise<void> {
  const target = targets[name]!;
  let first: Error | undefined;
  const stray = (): Error | undefined => {
    const cause = first;
    first = undefined;
    return cause;
  };
  const note = (cause: unknown): void => void (first ??= cause instanceof Error ? cause : new Error(String(cause)));
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  const lent = { target, plant, stray };
  const notes = notesOn(shared);
  if (fuzz) await fuzzOn(fuzz, lent, notes);
  else parentPort!.on('message', (trial: Trial) => void answer(trial, lent, notes));
}

const say = (said: Said): void => parentPort!.postMessage(said);

type Lent = Pick<LifeOptions, 'target' | 'plant' | 'stray'>;

async function answer({ inputs, ...trial }: Trial, lent: Lent, notes: Notes): Promise<void> {
  const begins = (input: Input | undefined): void => notes.write(input, 0);
  say({ is: 'shown', shown: await tryOut({ ...trial, inputs: inputs.map(revive) }, lent, begins) });
}

async function fuzzOn(
  { seed, from, livesMax, inputsMax, until }: FuzzWork,
  lent: Lent,
  { write: begins }: Notes,
): Promise<void> {
  const outcomes = new Map<string, number>();
  const figures = { lives: 0, inputs: 0, current: 0, accepted: 0, growthBytes: 0, slowOnce: 0 };
  let toldAt = 0;
  let last: { readonly input: Input; readonly reason: string } | undefined;
  const tell = (): void => {
    toldAt = Date.now();
    say({ is: 'figures', figures: { ...figures, outcomes: Object.fromEntries(outcomes) } });
  };
  const isOver = (): boolean => Date.now() >= until;
  const listener = {
    begins,
    took(input: Input, reason: string, accepted: boolean): void {
      last = { input, reason };
      figures.inputs += 1;
      figures.current += 1;
      if (accepted) figures.accepted += 1;
      const counted = outcomes.has(reason) || outcomes.size < reasonsMax ? reason : 'other';
      outcomes.set(counted, (outcomes.get(counted) ?? 0) + 1);
      if (figures.inputs % 100 === 0 && Date.now() - toldAt > 1_000) tell();
    },
    grew(bytes: number): void {
      figures.growthBytes = Math.max(figures.growthBytes, bytes);
    },
  };
  while (figures.lives < livesMax && figures.inputs < inputsMax && !isOver()) {
    const own = lifeSeed(seed, from + figures.lives);
    const options = { ...lent, seed: own, isOver, inputsMax: Math.min(lifeInputs, inputsMax - figures.inputs) };
    const finding = await life(options, listener);
    if (finding && (await confirmed(finding, options, begins))) say({ is: 'found', finding });
    else if (finding) figures.slowOnce += 1;
    figures.lives += 1;
    figures.current = 0;
    tell();
  }
  say({ is: 'over', last: last && { input: inputText(last.input), reason: last.reason } });
}

await work(workerData as Work);
