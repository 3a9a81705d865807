import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzWith } from './crew.ts';
import type { targets } from './targets.ts';

export interface HeldOptions {
  readonly inputs: number;
  /** Different outcomes that there must be at least, so that a fuzzer which sees nothing does not pass. */
  readonly outcomes: number;
}

const seed = 20_260;

/** What is promised of everything that is fuzzed. */
export function heldContract(target: keyof typeof targets, { inputs, outcomes }: HeldOptions): void {
  test(`fuzz: ${inputs} damaged inputs break no promise of ${target} (seed ${seed}) [TST-43]`, async () => {
    const { figures, findings } = await fuzzWith({ target, plant: 'none' }, { seed, inputsMax: inputs });
    assert.deepEqual(findings, [], `again: npm run fuzz -- ${target} --seed ${seed} --inputs ${inputs}`);
    assert.equal(figures.inputs, inputs);
    // Neither is everything turned away at the door, nor is nothing.
    assert.ok(figures.accepted > inputs / 10 && figures.accepted < inputs, `${figures.accepted} accepted`);
    const seen = Object.keys(figures.outcomes).length;
    assert.ok(seen >= outcomes, `${seen} outcomes`);
  });
}
