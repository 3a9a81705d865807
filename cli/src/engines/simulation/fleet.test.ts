import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomalyScore, slidingWindow } from '@selvedge/stream';
import { fleet, kindNames } from './fleet.ts';
import type { Model } from './model.ts';

const machineOne = (seed = 1): Model => fleet({ count: 1, kinds: ['machine'], seed })[0]!.model;

/** Steps a model once a second and gives the temperatures. */
function temperatures(model: Model, from: number, to: number): number[] {
  const found: number[] = [];
  for (let second = from; second < to; second++) found.push(model.step(second)['temperature'] as number);
  return found;
}

test('simulation: the kinds take turns, and each device keeps its history when others join [CLI-30]', () => {
  const ids = (count: number) => fleet({ count, kinds: kindNames, seed: 1 }).map(({ id }) => id);
  assert.deepEqual(ids(5), ['machine-1', 'junction-1', 'field-1', 'machine-2', 'junction-2']);
  const last = (count: number) => fleet({ count, kinds: kindNames, seed: 3 })[3]!.model;
  assert.deepEqual(temperatures(last(4), 0, 100), temperatures(last(20), 0, 100));
});

test('simulation: the same seed gives the same history, another one another [CLI-30]', () => {
  assert.deepEqual(temperatures(machineOne(1), 0, 300), temperatures(machineOne(1), 0, 300));
  assert.notDeepEqual(temperatures(machineOne(1), 0, 300), temperatures(machineOne(2), 0, 300));
});

test('simulation: one machine passes 80 and then 85 °C within 45 s of its start, and again every few minutes [CLI-30]', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const model = machineOne(seed);
    const first = temperatures(model, 0, 45);
    const hot = first.findIndex((one) => one > 80);
    const tooHot = first.findIndex((one) => one > 85);
    assert.ok(hot > 15 && tooHot > hot && tooHot < 45, `seed ${seed}: ${hot} s, ${tooHot} s`);
    model.obey('shutdown', {}, 45);
    assert.ok(
      temperatures(model, 45, 245)
        .slice(20)
        .every((one) => one < 80),
      `seed ${seed}: hot again too early`,
    );
    assert.ok(
      temperatures(model, 245, 300).some((one) => one > 85),
      `seed ${seed}: not hot again`,
    );
  }
});

test('simulation: shutdown cools the machine, throttle only slows it down, start is refused while it is hot [CLI-30]', () => {
  const hot = machineOne();
  temperatures(hot, 0, 35);
  assert.deepEqual(hot.obey('throttle', {}, 35).done, true);
  assert.ok(temperatures(hot, 35, 60).at(-1)! > 85);
  assert.equal(hot.obey('start', {}, 60).done, false);
  const answer = hot.obey('shutdown', {}, 60);
  assert.ok(answer.done && answer.result['mode'] === 'stopped');
  const cooling = temperatures(hot, 60, 130);
  assert.ok(cooling.at(-1)! < 45);
  assert.deepEqual(hot.obey('start', {}, 130).done, true);
  assert.ok(temperatures(hot, 130, 200).at(-1)! > 55);
  assert.equal(hot.obey('dance', {}, 200).done, false);
});

test('simulation: what works as it should never looks unusual to the default rules [CLI-31]', () => {
  const healthy = fleet({ count: 20, kinds: kindNames, seed: 5 }).filter(({ id }) => id !== 'machine-1');
  for (const { id, model } of healthy) {
    const window = slidingWindow(1_024);
    for (let second = 0; second < 900; second++) {
      const { temperature } = model.step(second);
      if (typeof temperature !== 'number') break;
      window.forget(second * 1_000 - 300_000);
      const score = anomalyScore(window, temperature);
      assert.ok(score <= 0.8, `${id} scores ${score} at ${second} s`);
      assert.ok(temperature < 80);
      window.push(second * 1_000, temperature);
    }
  }
});

test('simulation: a field gets wet while its valve is open; a junction holds the phase it was told [CLI-30]', () => {
  const [field] = fleet({ count: 1, kinds: ['field'], seed: 1 });
  const before = field!.model.step(0)['soil_moisture'] as number;
  assert.ok(field!.model.obey('irrigate', { minutes: 5 }, 0).done);
  assert.equal(field!.model.step(299)['valve'], true);
  const after = field!.model.step(301);
  assert.ok((after['soil_moisture'] as number) > before + 3);
  assert.equal(after['valve'], false);
  const [junction] = fleet({ count: 1, kinds: ['junction'], seed: 1 });
  assert.ok(junction!.model.obey('hold', { phase: 'east-west', seconds: 60 }, 10).done);
  for (const second of [10, 40, 69]) assert.equal(junction!.model.step(second)['phase'], 'east-west');
});
