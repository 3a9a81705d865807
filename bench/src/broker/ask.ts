import { once } from 'node:events';
import type { Running } from '../process.ts';

/** Gives a process a task, if there is one, and settles with its next message; rejects with its complaint if it ends. */
export async function ask<Answer>({ child }: Running, task?: object): Promise<Answer> {
  let complaint = '';
  const listen = (part: Buffer): void => void (complaint = (complaint + part.toString()).slice(-4_000));
  child.stderr!.on('data', listen);
  const over = new AbortController();
  const gone = once(child, 'close', { signal: over.signal }).then((): never => {
    throw new Error(`the load ended without an answer:\n${complaint}`);
  });
  const answer = once(child, 'message', { signal: over.signal });
  if (task) child.send(task);
  try {
    const [message] = (await Promise.race([answer, gone])) as [Answer];
    return message;
  } finally {
    over.abort();
    child.stderr!.off('data', listen);
  }
}
