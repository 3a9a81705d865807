import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineFaults, Fault, isFault } from './fault.ts';

const faults = defineFaults({
  JOURNAL_FULL: { retry: 'later', hint: 'Free disk.' },
  JOURNAL_TORN: { retry: 'never', hint: 'Run repair.' },
});

test('fault: it carries its code, hint and retry, what happened, the numbers and the cause [KER-10]', () => {
  const cause = new Error('ENOSPC');
  const fault = faults('JOURNAL_FULL', 'journal holds 5 of 5 bytes', { used: 5, sizeMax: 5 }, cause);
  assert.ok(fault instanceof Error);
  const { name, code, hint, retry, message, facts } = fault;
  assert.deepEqual(
    { name, code, hint, retry, message, facts },
    {
      name: 'Fault',
      code: 'JOURNAL_FULL',
      hint: 'Free disk.',
      retry: 'later',
      message: 'journal holds 5 of 5 bytes',
      facts: { used: 5, sizeMax: 5 },
    },
  );
  assert.equal(fault.cause, cause);
});

test('fault: without numbers and cause it has none [KER-10]', () => {
  const fault = faults('JOURNAL_TORN', 'torn');
  assert.deepEqual(fault.facts, {});
  assert.equal('cause' in fault, false);
});

test('fault: it is recognised by its code, never by its text [KER-11]', () => {
  const fault = faults('JOURNAL_FULL', 'full');
  assert.ok(isFault(fault));
  assert.ok(isFault(fault, 'JOURNAL_FULL'));
  assert.equal(isFault(fault, 'JOURNAL_TORN'), false);
  for (const other of [new Error('JOURNAL_FULL'), 'JOURNAL_FULL', undefined, { code: 'JOURNAL_FULL' }]) {
    assert.equal(isFault(other, 'JOURNAL_FULL'), false);
  }
});

test('fault: the table stays readable, for manuals [KER-10]', () => {
  assert.deepEqual(Object.keys(faults.table), ['JOURNAL_FULL', 'JOURNAL_TORN']);
  assert.ok(faults('JOURNAL_FULL', 'x') instanceof Fault);
});
