import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type InputText, inputText, readInput } from './input.ts';
import type { Finding } from './life.ts';
import { type Plant, plants } from './target.ts';
import { targets } from './targets.ts';

/** A finding in a file, which `--replay` reads. */
export interface RecordText extends Omit<Finding, 'inputs'> {
  readonly target: string;
  readonly plant: Plant;
  /** Whether the inputs show it by themselves. */
  readonly shown: boolean;
  readonly inputs: readonly InputText[];
}

export interface Recorded {
  readonly target: string;
  readonly plant: Plant;
  readonly finding: Finding;
}

/** Writes a finding down and gives the file's path. */
export function record({ target, plant, finding }: Recorded, shown: boolean, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${target}-${finding.kind}-${finding.seed}-${finding.input}.json`);
  const text: RecordText = { target, plant, shown, ...finding, inputs: finding.inputs.map(inputText) };
  writeFileSync(path, `${JSON.stringify(text, null, 2)}\n`);
  return path;
}

/** What a file holds, or what is wrong with it. */
export function readRecord(path: string): Recorded | string {
  try {
    const { target, plant, kind, why, place, seed, input, inputs } = JSON.parse(
      readFileSync(path, 'utf8'),
    ) as RecordText;
    if (!Object.hasOwn(targets, target)) return `${path} is about ${target}, which is not fuzzed here`;
    if (plant !== 'none' && !plants.includes(plant)) return `${path} names a planted bug that there is not: ${plant}`;
    return { target, plant, finding: { kind, why, place, seed, input, inputs: inputs.map(readInput) } };
  } catch (cause) {
    return `${path} cannot be read: ${(cause as Error).message}`;
  }
}
