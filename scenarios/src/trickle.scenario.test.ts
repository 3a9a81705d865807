import { promise } from './promise.ts';
import { trickle } from './trickle.ts';

promise(trickle, {
  holds: 'trickle: a byte a second piles nothing up and loses nothing [TST-47]',
  repeats: 'trickle: the same seed tells the same story, to the last line [TST-35]',
});
