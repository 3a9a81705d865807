import { powerCut } from './power-cut.ts';
import { promise } from './promise.ts';

promise(powerCut, {
  holds: 'power-cut: what an edge acknowledged before it lost power is in the cloud once and as it was [TST-31]',
  repeats: 'power-cut: the same seed tells the same story, to the last line [TST-35]',
});
