import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asProblem, problemOf, unreachable } from './problem.ts';

test('console: a refusal shows the title, detail and hint of its problem JSON [CON-12]', () => {
  const problem = problemOf(409, {
    type: 'urn:selvedge:fault:COMMAND_EXPIRED',
    title: 'Command expired',
    status: 409,
    detail: 'command c-1 expired 4 s ago',
    code: 'COMMAND_EXPIRED',
    hint: 'Send it again.',
  });
  assert.equal(problem.title, 'Command expired');
  assert.equal(problem.detail, 'command c-1 expired 4 s ago');
  assert.equal(problem.hint, 'Send it again.');
  assert.equal(problem.code, 'COMMAND_EXPIRED');
});

test('console: a refusal that is not problem JSON still says what to do [CON-12]', () => {
  for (const [status, body] of [
    [500, null],
    [502, '<html>'],
    [404, { title: 7 }],
    [401, undefined],
    [400, []],
  ] as const) {
    const problem = problemOf(status, body);
    assert.ok(problem.title.length > 0, `title of ${status}`);
    assert.ok(problem.hint.length > 0, `hint of ${status}`);
    assert.equal(problem.code, `HTTP_${status}`);
  }
});

test('console: no answer, and an answer of a proxy for a stopped cloud, count as unreachable [CON-11]', () => {
  assert.equal(unreachable().unreachable, true);
  assert.equal(problemOf(502, '').unreachable, true);
  assert.equal(problemOf(500, {}).unreachable, false);
  assert.equal(problemOf(401, {}).signedOut, true);
});

test('console: any thrown thing becomes a problem with something to do [CON-12]', () => {
  assert.equal(asProblem(new TypeError('x is undefined')).detail, 'x is undefined');
  assert.equal(asProblem('odd').detail, 'odd');
  const problem = unreachable();
  assert.equal(asProblem(problem), problem);
});
