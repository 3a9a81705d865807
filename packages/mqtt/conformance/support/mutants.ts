import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { millis } from '@selvedge/kernel';
import { type Case, play } from './case.ts';
import { UnreadableError } from './client.ts';
import { broken, type Mutant } from './proxy.ts';
import type { Target } from './target.ts';

/** What a mutant leaves out is missed after this time; a slow machine makes no mutant pass. */
const patience = millis(200);

/**
 * Registers a test for each mutant: the case that it names fails. And one for all of them: without a mutation every
 * case passes through the same proxy.
 */
export function noticesMutants(
  target: Target & Partial<AsyncDisposable>,
  list: readonly Case[],
  mutants: readonly Mutant[],
): void {
  test('mutants: unbroken, every case that a mutant names passes the proxy', async () => {
    const same: Mutant = { name: '', noticed: '', toBroker: (frame) => [frame], toClient: (frame) => [frame] };
    const named = new Set(mutants.map((mutant) => caseOf(list, mutant)));
    for (const one of named) await play(one, broken(target, same));
  });
  for (const mutant of mutants) {
    test(`mutants: a broker that ${mutant.name} is noticed`, async () => {
      const one = caseOf(list, mutant);
      const cause = await play(one, broken({ ...target, patience }, mutant)).then(
        () => assert.fail(`"${one.name}" passes all the same`),
        (cause: unknown) => cause,
      );
      // Anything else would be a mistake in the mutant.
      assert.ok(cause instanceof assert.AssertionError || cause instanceof UnreadableError, inspect(cause));
    });
  }
  after(() => target[Symbol.asyncDispose]?.());
}

function caseOf(list: readonly Case[], { name, noticed }: Mutant): Case {
  const [one, another] = list.filter((one) => one.name.endsWith(` ${noticed}`));
  assert.ok(one && !another, `the mutant that ${name} names ${another ? 'several cases' : 'no case'}: ${noticed}`);
  return one;
}
