import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeIn } from './sign-in.ts';

test('console: a pasted link signs in by the code that it holds [CON-10]', () => {
  assert.equal(codeIn(' http://127.0.0.1:8000/signin?code=a%2Bb.c&next=/alerts \n'), 'a+b.c');
  assert.equal(codeIn('http://127.0.0.1:8000/signin'), undefined);
  assert.equal(codeIn('3fa90c1e77b2'), undefined);
  assert.equal(codeIn(''), undefined);
});
