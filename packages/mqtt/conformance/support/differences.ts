import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { needs } from '../../../../tools/world.ts';
import { type Case, play } from './case.ts';
import type { Target } from './target.ts';

/** Where a foreign broker does otherwise than a case expects. */
export interface Difference {
  /** The end of the name of the case. */
  readonly case: string;
  /** The statement it is about, such as `MQTT5-3.1.2-4`. */
  readonly id: string;
  readonly does: string;
  readonly why: string;
}

/** Registers one test for each case: it passes, unless the table explains why not; what it explains has to be so. */
export function explained(
  start: () => Promise<Target & AsyncDisposable>,
  list: readonly Case[],
  table: readonly Difference[],
): void {
  let started: Promise<Target & AsyncDisposable> | undefined;
  for (const one of list) {
    const difference = table.find((row) => one.name.endsWith(` ${row.case}`));
    test(difference ? `differs: ${one.name}` : one.name, async (t) => {
      const target = await needs(t, () => (started ??= start()));
      if (!target) return;
      if (!difference) return play(one, target);
      const { id, does } = difference;
      await assert.rejects(play(one, target), `it does not differ any more; the table says of ${id}: ${does}`);
    });
  }
  test('differences: each names one case and one of its ids', () => {
    for (const { case: name, id } of table) {
      const named = list.filter((one) => one.name.endsWith(` ${name}`));
      assert.equal(named.length, 1, name);
      assert.ok(named[0]!.name.includes(`[${id}]`), `${id} is not an id of "${name}"`);
    }
  });
  after(async () => (await started?.catch(() => undefined))?.[Symbol.asyncDispose]());
}
