import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** One finished test, as a line of JSON. Suites count by what is in them. */
export interface TestResult {
  /** The names from the outermost test to this one. */
  readonly path: readonly string[];
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or the whole failure. */
  readonly why?: string;
}

/** A reporter for `node --test-reporter`: a machine reads it, as each test ends. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const event of events) {
    if (event.type === 'test:start') path[event.data.nesting] = event.data.name;
    // What goes wrong after its test has ended fails the file; Node tells it by the first word only.
    if (event.type === 'test:diagnostic' && /^(?:Error|Warning): /.test(event.data.message)) {
      yield line({ path: ['(the file)'], state: 'failed', why: event.data.message });
    }
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const result = resultOf(event, path.slice(0, event.data.nesting));
    if (result) yield line(result);
  }
}

const line = (result: TestResult): string => `${JSON.stringify(result)}\n`;

function resultOf(
  event: TestEvent & { type: 'test:pass' | 'test:fail' },
  above: readonly string[],
): TestResult | undefined {
  const { name, skip, todo, details } = event.data;
  const path = [...above, name];
  if (skip !== undefined && skip !== false)
    return { path, state: 'skipped', why: skip === true ? 'no reason given' : skip };
  if (todo !== undefined && todo !== false)
    return { path, state: 'failed', why: 'a test that is still to do has no place here' };
  if (event.type === 'test:pass') return details.type === 'suite' ? undefined : { path, state: 'passed' };
  const error: Error & { readonly failureType?: string } = event.data.details.error;
  // A parent that fails because of its children has nothing to add to them.
  if (error.failureType === 'subtestsFailed') return undefined;
  return { path, state: 'failed', why: inspect(error.cause ?? error) };
}
