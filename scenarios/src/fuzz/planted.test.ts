import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzWith } from './crew.ts';
import type { Finding } from './life.ts';
import { minimise } from './minimise.ts';
import { effort, foundHere, lifeOf, type Name, seed, textOf, triggers } from './planted.fixture.ts';
import type { Plant } from './target.ts';
import { targets } from './targets.ts';
import { tester } from './tester.ts';
import { tryOut } from './trial.ts';

type Case = readonly [name: Name, plant: Plant, why: RegExp];

/** What makes the door say something, or keep something to itself. */
const told: readonly Case[] = [
  ['mqtt', 'speaks', /pingresp before CONNACK/],
  ['mqtt', 'starves', /the witness was ended/],
  ['coap', 'starves', /witness/],
  ['http', 'speaks', /no problem document/],
  ['http', 'starves', /connection that behaves/],
];

/** What nobody catches: that can be seen only by a thread of one's own. */
const thrown: readonly Case[] = [
  ['mqtt', 'rejects', /nobody handles this/],
  ['coap', 'throws', /a decoder throws/],
  ['http', 'throws', /a decoder throws/],
];

for (const [name, plant, why] of told) {
  test(`fuzz: a planted bug that ${plant} in ${name} is found and made small [TST-41]`, async () => {
    const finding = await foundHere(name, plant, 60);
    assert.deepEqual([finding.kind, why.test(finding.why)], ['promise', true], finding.why);
    const again = lifeOf(name, plant, 1);
    const less = plant === 'starves' ? { ...effort, trialsMax: 25 } : effort;
    assertSmall(name, plant, await minimise(finding, (trial) => tryOut(trial, again), targets[name]!.split, less));
  });
}

for (const [name, plant, why] of thrown) {
  test(`fuzz: a planted bug that ${plant} in ${name} is found and made small [TST-41]`, async () => {
    const job = { target: name, plant };
    const [finding] = (await fuzzWith(job, { seed, inputsMax: 40 })).findings;
    assert.ok(finding, `${plant} in ${name} is not found`);
    assert.deepEqual([finding.kind, why.test(finding.why)], ['crash', true], finding.why);
    await using trials = tester(job);
    assertSmall(name, plant, await minimise(finding, trials.try, targets[name]!.split, effort));
  });
}

/** What is left still has what triggers the bug, but for what a starved peer misses: that is seen some inputs later. */
function assertSmall(name: Name, plant: Plant, small: { readonly finding: Finding; readonly shown: boolean }): void {
  assert.ok(small.shown, `${small.finding.why}: not to be seen again by itself`);
  const text = textOf(small.finding);
  if (plant === 'starves') return;
  assert.ok(text.length < 60, `still ${text.length} bytes: ${text}`);
  assert.ok(text.includes(triggers[name]), text);
}
