import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelAgain } from './again.ts';
import { confirmed } from './confirm.ts';
import { fuzzWith } from './crew.ts';
import { drawing } from './drawing.ts';
import type { Input } from './input.ts';
import { foundHere, lifeOf, seed, textOf, triggers } from './planted.fixture.ts';
import { Broken, type Plant } from './target.ts';
import { targets } from './targets.ts';

/** What a planted bug leaves behind each time, by the real memory of this process. */
const leaks: readonly (readonly [plant: Plant, said: RegExp])[] = [
  ['none', /^nothing$/],
  ['leaks', /^growth: .* objects behind/],
  ['hoards', /^growth: .* bytes behind/],
];

for (const [plant, said] of leaks) {
  test(`fuzz: the same inputs, taken in again and again, show what is left behind where a planted bug ${plant} [TST-41]`, async () => {
    const draw = drawing(targets['http']!, seed);
    const inputs: Input[] = [];
    while (inputs.length < 20) {
      const { input } = draw.next();
      if (textOf({ inputs: [input] }).includes(triggers.http)) inputs.push(input);
    }
    const again = { inputs: 60, warm: 1, times: 4 };
    const cause: unknown = await levelAgain({ ...lifeOf('http', plant, 1), again }, inputs).catch(
      (one: unknown) => one,
    );
    assert.match(cause instanceof Broken ? `${cause.kind}: ${cause.message}` : String(cause ?? 'nothing'), said);
  });
}

test('fuzz: an input that takes long each time is found [TST-41]', async () => {
  const finding = await foundHere('http', 'spins', 10);
  assert.deepEqual([finding.kind, textOf(finding).includes(triggers.http)], ['hang', true]);
  assert.match(finding.why, /ms of processor time/);
  assert.equal(await confirmed(finding, lifeOf('http', 'none', 10), () => undefined), false);
});

test('fuzz: an input that never ends is found, and the fuzzing goes on behind it [TST-41]', async () => {
  const errand = { seed, inputsMax: 1_000, livesMax: 2 };
  const fuzzed = await fuzzWith({ target: 'mqtt', plant: 'hangs' }, errand, undefined, { cpu: 2, idle: 60 });
  const [finding] = fuzzed.findings;
  assert.deepEqual([finding?.kind, finding?.why, fuzzed.figures.lives], ['hang', 'an input never ends', 2]);
  assert.ok(textOf(finding!).includes(triggers.mqtt));
  assert.ok(fuzzed.figures.inputs >= finding!.input, `${fuzzed.figures.inputs} inputs`);
});
