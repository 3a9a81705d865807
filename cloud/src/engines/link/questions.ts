import type { Clock, Duration } from '@selvedge/kernel';
import { cloudFaults } from '../../faults.ts';

/** Questions to one node that wait for their answers. */
export interface Questions {
  /** Numbers a question, hands it to `send`, and waits for its answer. Rejects with LINK_TIMEOUT or LINK_DOWN. */
  ask(send: (question: number) => void): Promise<unknown>;
  /** An answer came; one to no question is ignored, because it may be late. */
  answered(question: number, answer: unknown): void;
  /** The link has ended: nothing will be answered. */
  end(): void;
}

export function questions(answerMax: Duration, world: { readonly clock: Clock }): Questions {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  let isOver = false;
  return {
    async ask(send) {
      if (isOver) throw cloudFaults('LINK_DOWN', 'the link has ended');
      const question = ++last;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(question, answer);
      const answered = new AbortController();
      send(question);
      void world.clock.sleep(answerMax, answered.signal).then(
        () =>
          answer.reject(cloudFaults('LINK_TIMEOUT', `no answer came in ${answerMax / 1_000} seconds`, { answerMax })),
        () => undefined,
      );
      try {
        return await answer.promise;
      } finally {
        waiting.delete(question);
        answered.abort();
      }
    },
    answered: (question, answer) => waiting.get(question)?.resolve(answer),
    end() {
      isOver = true;
      for (const answer of waiting.values())
        answer.reject(cloudFaults('LINK_DOWN', 'the link ended before the answer came'));
    },
  };
}
