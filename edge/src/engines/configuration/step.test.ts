import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@selvedge/kernel';
import { type ConfigurationDocument, configurationName } from '@selvedge/protocol';
import { documentOf, type Held, nothingHeld } from './held.ts';
import { type ConfigurationInput, type ConfigurationState, type ConfigurationStep, stepConfiguration } from './step.ts';

const limits = { healthFor: seconds(15), trialMax: seconds(60), startsMax: 3 };
const documentOfVersion = (version: number): ConfigurationDocument => ({
  version,
  settings: { window: { period: `${version}s` } },
});
const [first, second] = [documentOfVersion(1), documentOfVersion(2)];

/** A node's configuration that is told one thing after the other. */
function site(held: Held = nothingHeld) {
  let state: ConfigurationState = { held };
  let ticks = 0;
  const tell = (input: ConfigurationInput): ConfigurationStep => {
    const step = stepConfiguration(state, input, { wall: 1_000 + ticks, ticks }, limits);
    state = step.state;
    return step;
  };
  return {
    tell,
    offer: (document = first, mistakes: readonly string[] = []) => tell({ kind: 'offered', document, mistakes }),
    order: (document = first) => tell({ kind: 'ordered', name: configurationName(document) }),
    started: () => tell({ kind: 'started' }),
    check(lasts: number, why?: string) {
      let step: ConfigurationStep | undefined;
      for (let i = 0; i < lasts; i++) {
        ticks += 1_000;
        step = tell({ kind: 'checked', why });
      }
      return step!;
    },
    get held() {
      return state.held;
    },
    phases: () => state.held.untold.map(({ version, phase }) => `${version} ${phase}`),
  };
}

test('configuration: prepared, applied when ordered, confirmed when sound for long enough [CFG-5] [CFG-8]', () => {
  const one = site();
  assert.equal(one.offer().tells, true);
  assert.equal(documentOf(one.held), nothingHeld.good, 'the node runs as before');
  assert.equal(one.order().restarts, true);
  assert.equal(documentOf(one.held), first);
  one.started();
  one.check(15);
  one.check(3, 'its journal takes nothing');
  one.check(15);
  assert.ok(one.held.trial, 'a break begins anew');
  assert.equal(one.check(1).restarts, false);
  assert.deepEqual([one.held.good, one.held.trial], [first, undefined]);
  assert.deepEqual(one.phases(), ['1 prepared', '1 applied', '1 confirmed']);
  assert.deepEqual(one.held.untold[0]!.settings, first.settings);
});

test('configuration: what cannot be read is refused with every mistake and disturbs nothing [CFG-4]', () => {
  const one = site();
  const step = one.offer(first, ['a: wrong', 'b: no such setting']);
  assert.deepEqual([step.restarts, step.tells], [false, true]);
  assert.equal(one.held.ended?.why, 'a: wrong\nb: no such setting');
  assert.deepEqual(one.phases(), ['1 refused']);
  assert.deepEqual([one.offer().state.held.trial, one.order().restarts], [undefined, false], 'a number is used once');
});

test('configuration: only what is prepared is applied, under its own content [CFG-5]', () => {
  const one = site();
  one.offer();
  assert.equal(one.order({ ...first, settings: {} }).restarts, false);
  one.offer(second);
  assert.equal(one.order(first).restarts, false, 'it gave way to the second');
  assert.equal(one.order(second).restarts, true);
});

test('configuration: while one is on trial another is not prepared [CFG-7]', () => {
  const one = site();
  one.offer();
  one.order();
  one.started();
  assert.equal(one.offer(second).tells, true);
  assert.deepEqual(one.held.trial?.document, first);
  one.check(16);
  one.offer(second);
  assert.deepEqual([one.held.good, one.held.trial?.document], [first, second]);
});

test('configuration: one that does not start, or is not sound in time, is returned with the reason [CFG-9]', () => {
  const one = site();
  one.offer();
  one.order();
  const broken = one.tell({ kind: 'broke', why: 'port 1883 is taken' });
  assert.deepEqual([broken.restarts, broken.isRetreat], [true, true]);
  assert.deepEqual([one.held.good.version, one.held.ended?.why], [0, 'port 1883 is taken']);
  one.offer(second);
  one.order(second);
  one.started();
  one.check(59, 'it does not reach its cloud');
  assert.equal(one.check(1, 'it does not reach its cloud').restarts, true);
  assert.deepEqual([one.held.ended?.phase, one.held.ended?.why], ['returned', 'it does not reach its cloud']);
});

test('configuration: a third start that was not confirmed is the last [CFG-10]', () => {
  const one = site();
  one.offer();
  one.order();
  for (const starts of [2, 3]) {
    one.tell({ kind: 'booted' });
    assert.equal(one.held.trial?.starts, starts);
  }
  const last = one.tell({ kind: 'booted' });
  assert.equal(last.isRetreat, true);
  assert.deepEqual([one.held.trial, one.held.ended?.phase], [undefined, 'returned']);
  assert.equal(one.tell({ kind: 'booted' }).restarts, false);
});

test("configuration: what was good and cannot be read any more gives way to the machine's own [CFG-14]", () => {
  const one = site({ good: first, untold: [] });
  one.tell({ kind: 'broke', why: 'window.period: no such setting' });
  assert.deepEqual([one.held.good.version, one.held.ended?.phase], [0, 'returned']);
  one.offer(first);
  assert.equal(one.held.trial, undefined);
  assert.equal(one.tell({ kind: 'broke', why: 'x' }).restarts, false, 'there is nothing left to go back to');
});
