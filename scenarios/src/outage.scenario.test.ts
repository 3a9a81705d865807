import { outage } from './outage.ts';
import { promise } from './promise.ts';

promise(outage, {
  holds: 'outage: whatever happens to the links, each acknowledged reading is in the cloud once and as it was [TST-30]',
  repeats: 'outage: the same seed tells the same story, to the last line [TST-35]',
});
