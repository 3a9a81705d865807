import assert from 'node:assert/strict';
import { confirmed } from './confirm.ts';
import { type Finding, type LifeOptions, life } from './life.ts';
import type { Effort } from './minimise.ts';
import type { Plant } from './target.ts';
import { targets } from './targets.ts';

/** What a planted bug waits for. */
export const triggers = { mqtt: 'a/b', coap: 'sensors', http: 'pump-7' } as const;
export type Name = keyof typeof triggers;

export const seed = 1;
/** By trials alone: a machine under load has to make it as small. */
export const effort: Effort = { trialsMax: 150, msMax: Number.POSITIVE_INFINITY };

export const textOf = ({ inputs }: Pick<Finding, 'inputs'>): string =>
  Buffer.concat(inputs.at(-1)!.chunks).toString('latin1');

export const lifeOf = (name: Name, plant: Plant, inputsMax: number): LifeOptions => ({
  ...{ target: targets[name]!, plant, seed, inputsMax, stray: () => undefined, isOver: () => false },
});

/** What the first inputs show, in this thread: for bugs that throw nothing which nobody catches. */
export async function foundHere(name: Name, plant: Plant, inputsMax: number): Promise<Finding> {
  const options = lifeOf(name, plant, inputsMax);
  const silent = { begins: () => undefined, took: () => undefined, grew: () => undefined };
  const finding = await life(options, silent);
  assert.ok(finding, `${plant} in ${name} is not found`);
  assert.ok(await confirmed(finding, options, silent.begins), `${finding.why}: only once`);
  return finding;
}
