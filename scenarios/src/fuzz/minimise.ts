import { type Input, sizeOf } from './input.ts';
import type { Finding } from './life.ts';
import { type Shown, signature, type Trial } from './trial.ts';

/** Trials and milliseconds that one finding is worth. */
export interface Effort {
  readonly trialsMax: number;
  readonly msMax: number;
}

export const effort: Effort = { trialsMax: 600, msMax: 60_000 };

/**
 * The least that still shows the finding: first fewer inputs, then simpler ones, then fewer bytes. `shown` is false if it
 * is not to be seen again by itself; then the inputs are as they were.
 */
export async function minimise(
  finding: Finding,
  tryOut: (trial: Trial) => Promise<Shown>,
  split: (chunk: Buffer, via: string) => readonly Buffer[],
  { trialsMax, msMax }: Effort = effort,
): Promise<{ readonly finding: Finding; readonly shown: boolean }> {
  const wanted = signature(finding);
  const end = performance.now() + msMax;
  let left = trialsMax;
  const isSpent = (): boolean => left <= 0 || performance.now() > end;
  const shows = async (inputs: readonly Input[]): Promise<boolean> => {
    if (isSpent()) return false;
    left -= 1;
    // Time can be the machine's doing: what hangs has to hang twice.
    for (let time = 0; time < (finding.kind === 'hang' ? 2 : 1); time++) {
      const shown = await tryOut({ seed: finding.seed, place: finding.place, inputs });
      if (!shown || signature(shown) !== wanted) return false;
    }
    return true;
  };
  let inputs = await shortest(finding.inputs, shows);
  if (!inputs) return { finding, shown: false };
  inputs = await shrink(inputs, shows, isSpent);
  for (let at = 0; at < inputs.length && !isSpent(); at++) inputs = await simplify(inputs, at, split, shows, isSpent);
  return { finding: { ...finding, inputs }, shown: true };
}

type Shows = (inputs: readonly Input[]) => Promise<boolean>;

/** The last input, or the last few, or all of them. */
async function shortest(inputs: readonly Input[], shows: Shows): Promise<readonly Input[] | undefined> {
  for (let count = 1; count < Math.max(2, inputs.length * 4); count *= 4) {
    const last = inputs.slice(-count);
    if (await shows(last)) return last;
  }
  return undefined;
}

/** Leaves out parts of a list, larger ones first, as long as what is left still shows it. */
export async function shrink<Value>(
  list: readonly Value[],
  shows: (list: readonly Value[]) => Promise<boolean>,
  isSpent: () => boolean = () => false,
): Promise<readonly Value[]> {
  let kept = list;
  for (let size = Math.ceil(list.length / 2); size >= 1 && !isSpent(); size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && !isSpent(); ) {
      const less = kept.toSpliced(at, size);
      if (less.length < kept.length && less.length > 0 && (await shows(less))) kept = less;
      else at += size;
    }
  }
  return kept;
}

const plainest: readonly Partial<Input>[] = [
  { stays: 0 },
  { pause: 0 },
  { wait: 0 },
  { reads: true },
  { answers: 'never' },
  { meanwhile: '' },
  { ends: 'finishes' },
];

async function simplify(
  inputs: readonly Input[],
  at: number,
  split: (chunk: Buffer, via: string) => readonly Buffer[],
  shows: Shows,
  isSpent: () => boolean,
): Promise<readonly Input[]> {
  let kept = inputs;
  const attempt = async (change: Partial<Input>): Promise<boolean> => {
    const changed = kept.with(at, { ...kept[at]!, ...change });
    const holds = await shows(changed);
    if (holds) kept = changed;
    return holds;
  };
  for (const change of plainest) await attempt(change);
  const { chunks, via } = kept[at]!;
  await attempt({ chunks: split(Buffer.concat(chunks), via) });
  await shrink(kept[at]!.chunks, (fewer) => attempt({ chunks: fewer }), isSpent);
  for (let index = 0; index < kept[at]!.chunks.length && !isSpent(); index++) {
    const bytes = [...kept[at]!.chunks[index]!];
    if (sizeOf(kept) > 20_000) break;
    const withBytes = (fewer: readonly number[]) => ({ chunks: kept[at]!.chunks.with(index, Buffer.from(fewer)) });
    await shrink(bytes, (fewer) => attempt(withBytes(fewer)), isSpent);
  }
  return kept;
}
