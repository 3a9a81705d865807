import type { Asked } from './ask.ts';
import type { Fuzzed } from './crew.ts';
import { inputText } from './input.ts';
import type { Finding } from './life.ts';
import type { WorkerFigures } from './worker.ts';

/** A finding as it was made small and written down; `shown` says whether it is to be seen by itself. */
export interface Told {
  readonly finding: Finding;
  readonly shown: boolean;
  readonly file: string;
}

/** What a program reads. Times in seconds. */
export interface FuzzLine {
  readonly fuzz: string;
  readonly seed: number;
  readonly seconds: number;
  readonly inputs: number;
  readonly per_second: number;
  readonly accepted: number;
  readonly refused: number;
  readonly crashes: number;
  readonly hangs: number;
  readonly growths: number;
  readonly broken_promises: number;
  /** The most that a life of 50 000 inputs held at its end beyond what it held after 10 000. */
  readonly growth_bytes: number;
  /** Inputs that took long once, and not again: the machine's doing. */
  readonly slow_once: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** With `--input`: that one, each write in hexadecimal. */
  readonly shown?: { readonly input: number; readonly outcome: string; readonly hex: readonly string[] };
  readonly found: readonly FoundLine[];
}

export interface FoundLine {
  readonly kind: Finding['kind'];
  readonly why: string;
  readonly seed: number;
  readonly input: number;
  /** The inputs in `hex` show it by themselves. */
  readonly alone: boolean;
  readonly file: string;
  readonly hex: readonly string[];
}

export function jsonLine(
  asked: Asked,
  { figures, counts, last }: Fuzzed,
  seconds: number,
  told: readonly Told[],
): string {
  const { target, seed, input } = asked;
  const { inputs, accepted, growthBytes, slowOnce, outcomes } = figures;
  const line: FuzzLine = {
    ...{ fuzz: target, seed, seconds: Math.round(seconds * 10) / 10, inputs, per_second: Math.round(inputs / seconds) },
    ...{ accepted, refused: inputs - accepted, crashes: counts.crash, hangs: counts.hang, growths: counts.growth },
    ...{ broken_promises: counts.promise, growth_bytes: growthBytes, slow_once: slowOnce },
    outcomes: Object.fromEntries(Object.entries(outcomes).sort(([, one], [, other]) => other - one)),
    ...(input !== undefined && last ? { shown: { input, outcome: last.reason, hex: last.input.chunks } } : {}),
    found: told.map(({ finding, shown, file }) => ({
      ...{ kind: finding.kind, why: finding.why, seed: finding.seed, input: finding.input, alone: shown, file },
      hex: hexOf(finding),
    })),
  };
  return `${JSON.stringify(line)}\n`;
}

export function textLines(
  asked: Asked,
  { figures, counts, last }: Fuzzed,
  seconds: number,
  told: readonly Told[],
): string {
  const { target, seed, plant, input } = asked;
  const { inputs, accepted, growthBytes, outcomes } = figures;
  const head = `${target}, seed ${seed}: ${inputs} inputs in ${seconds.toFixed(1)} s, ${accepted} accepted, ${Object.keys(outcomes).length} outcomes, ${counts.crash} crashes, ${counts.hang} hangs, ${counts.growth} growths, ${counts.promise} broken promises, ${growthBytes} bytes grown\n`;
  const one =
    input !== undefined && last
      ? `input ${input} over ${last.input.via}: ${last.reason}\n${last.input.chunks.map((hex) => `  ${hex}\n`).join('')}`
      : '';
  const found = told.map(({ finding, shown, file }) => {
    const { kind, why } = finding;
    const bytes = hexOf(finding).map((hex) => `  ${hex}\n`);
    const how = shown ? 'smallest input' : 'not to be seen by itself; last inputs';
    const planted = plant === 'none' ? '' : ` --plant ${plant}`;
    return [
      `${kind}, seed ${finding.seed}, input ${finding.input}: ${why}\n${how}:\n${bytes.join('')}`,
      `again: npm run fuzz -- --replay ${file}\n`,
      `or: npm run fuzz -- ${target} --seed ${finding.seed} --input ${finding.input}${planted}\n`,
    ].join('');
  });
  return head + one + found.join('');
}

export function progressLine({ inputs, accepted }: WorkerFigures, seconds: number, isWatched: boolean): string {
  const text = `${inputs} inputs, ${accepted} accepted, ${Math.round(inputs / seconds)} a second`;
  return isWatched ? `\r${text}\u001b[K` : `${text}\n`;
}

/** The latest inputs, one a line, as far as a person may want to see them. */
const hexOf = ({ inputs }: Finding): readonly string[] =>
  inputs.slice(-20).map((one) =>
    inputText(one)
      .chunks.map((hex) => hex.slice(0, 2_000))
      .join(' '),
  );
