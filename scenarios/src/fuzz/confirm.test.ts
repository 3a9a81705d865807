import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirmed } from './confirm.ts';
import type { Finding, life } from './life.ts';
import { lifeOf } from './planted.fixture.ts';

const hang: Finding = { kind: 'hang', why: 'slow', place: 'feed', seed: 1, input: 7, inputs: [] };

/** Whether the finding stands if telling the life again shows these, one after the other. */
async function standsAfter(finding: Finding, shown: readonly (Finding | undefined)[]): Promise<boolean> {
  const left = [...shown];
  const tell: typeof life = async (options) => {
    assert.equal(options.inputsMax, finding.input);
    return left.shift();
  };
  const stands = await confirmed(finding, lifeOf('mqtt', 'none', 100), () => undefined, tell);
  if (stands) assert.equal(left.length, 0);
  return stands;
}

test('confirm: an input hangs if it does so whenever it is told, and not if it was slow once [TST-41]', async () => {
  assert.equal(await standsAfter(hang, [hang, hang]), true);
  assert.equal(await standsAfter(hang, [hang, undefined]), false);
  assert.equal(await standsAfter(hang, [{ ...hang, input: 3 }]), false);
  assert.equal(await standsAfter(hang, [{ ...hang, kind: 'growth' }]), false);
});

test('confirm: what does not depend on time stands at once [TST-41]', async () => {
  for (const kind of ['crash', 'growth', 'promise'] as const)
    assert.equal(await standsAfter({ ...hang, kind }, []), true);
  assert.equal(await standsAfter({ ...hang, place: 'rest' }, []), true);
});
