import { httpFaults } from './faults.ts';

/** Something of which there is only so much: requests under way, memory of decoders. */
export interface Slots {
  /** Takes so many or throws HTTP_BUSY; gives the function that returns them. */
  take(count: number): () => void;
  readonly used: number;
}

export function slots(most: number, of: string): Slots {
  let used = 0;
  return {
    take(count) {
      if (used + count > most)
        throw httpFaults('HTTP_BUSY', `${used} of ${most} ${of} are in use`, { retryAfterSeconds: 1 });
      used += count;
      let isBack = false;
      return () => {
        if (!isBack) used -= count;
        isBack = true;
      };
    },
    get used() {
      return used;
    },
  };
}
