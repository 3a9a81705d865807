import { after, test } from 'node:test';
import { type Case, play } from './case.ts';
import type { Target } from './target.ts';

/** Registers one test for each case. The target is closed after the last. */
export function conformance(target: Target & Partial<AsyncDisposable>, list: readonly Case[]): void {
  for (const one of list) test(one.name, () => play(one, target));
  after(() => target[Symbol.asyncDispose]?.());
}
