import { type Clock, millis, type Random } from '@selvedge/kernel';
import type { Intake } from '@selvedge/mqtt';
import { coin } from '../../cast/chance.ts';

/** Takes a while for each commit, refuses the given share of them, and some topics always. */
export function fuzzIntake(clock: Clock, random: Random, refused: number): Intake {
  return {
    take(_publisher, { topic }) {
      if (topic.startsWith('refused/')) return 0x87;
      return topic.startsWith('full/') ? 0x97 : 0;
    },
    async commit() {
      await clock.sleep(millis(1));
      if (coin(random, refused)) throw new Error('the disk is full');
    },
  };
}
