import { Buffer } from 'node:buffer';
import type { Answer } from './executor.ts';

/** Characters that the edge accepts in an answer. */
const sizeMax = 4_096;

/** What is published on `commands/<id>/result`. */
export const encodeAnswer = (id: string, { status, result }: Answer): Buffer =>
  Buffer.from(JSON.stringify({ id, status, result }), 'utf8');

/** The answer to a command that was carried out: what its handler returned, if that can be said in an answer. */
export function doneWith(id: string, result: unknown): Answer {
  let text: string | undefined;
  try {
    text = JSON.stringify({ id, status: 'done', result: result ?? null });
  } catch {
    return { status: 'done', result: { fault: 'RESULT_NOT_JSON', message: 'the result cannot be written as JSON' } };
  }
  if (text.length > sizeMax) {
    const message = `the answer has ${text.length} characters, ${sizeMax} are allowed`;
    return { status: 'done', result: { fault: 'RESULT_TOO_LARGE', message } };
  }
  // What is kept and sent is what JSON makes of it, so that a later start sends the same.
  return { status: 'done', result: (JSON.parse(text) as { result: unknown }).result };
}
